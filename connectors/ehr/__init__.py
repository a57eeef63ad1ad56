"""S5, the EHR: HL7 v2 ADT and DFT over MLLP."""
