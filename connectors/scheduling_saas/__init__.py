"""S3, SaaS scheduling of the outpatient clinics: signed JSON webhooks in two contract versions."""
