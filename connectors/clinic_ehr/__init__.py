"""S5 of an acquired clinic: an EHR that speaks FHIR R4, read over REST and told of by subscription."""
