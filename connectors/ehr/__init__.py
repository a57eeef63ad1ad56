"""S5, the EHR: HL7 v2 ADT, BAR, DFT, ORM and MFN over MLLP."""
