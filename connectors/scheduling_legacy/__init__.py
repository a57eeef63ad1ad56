"""S4, the hospital's own scheduling: HL7 v2 SIU over MLLP."""
