"""S6, laboratory and radiology: HL7 v2 ORU, and ORM or OMG that say what was performed."""
