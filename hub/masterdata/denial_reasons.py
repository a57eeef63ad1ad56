"""Why payers refuse: claim adjustment reason codes, their family, what to do, which step of ours they tell of.

The code list is X12's (external code list 139); family, root cause and advice are house defaults that stewards keep
as governed data afterwards.
"""

from __future__ import annotations

#: Root causes: the step of ours that a refusal leads back to.
REGISTRATION, AUTHORIZATION, CODING, CHARGES, BILLING, CLINICAL, CONTRACT = (
    "registration", "authorization", "coding", "charge capture", "billing", "clinical documentation", "contract",
)  # fmt: skip

#: (CARC, family, root cause, advice)
DENIAL_REASONS: tuple[tuple[str, str, str, str], ...] = (
    ("4", "coding", CODING, "Check modifier and procedure; send a corrected claim."),
    ("5", "coding", CODING, "Procedure and place of service do not go together; correct and resend."),
    ("6", "coding", CODING, "Procedure does not fit the patient's age; correct and resend."),
    ("9", "coding", CODING, "Diagnosis does not fit the patient's age; correct and resend."),
    ("11", "coding", CODING, "Diagnosis does not support the procedure; ask coding, then correct or appeal."),
    ("15", "authorization", AUTHORIZATION, "Put the right authorization number on a corrected claim."),
    ("16", "missing information", BILLING, "Read the remark code, add what is missing, send a corrected claim."),
    ("18", "duplicate", BILLING, "Look whether the first claim was paid; appeal only if it is another service."),
    ("22", "coordination of benefits", REGISTRATION, "Ask the patient who pays first; bill that payer."),
    ("24", "coverage", REGISTRATION, "The patient is under a managed care plan; bill that plan."),
    ("26", "eligibility", REGISTRATION, "Service before coverage began; check eligibility on the day and rebill."),
    ("27", "eligibility", REGISTRATION, "Service after coverage ended; find the coverage of the day and rebill."),
    ("29", "timely filing", BILLING, "Appeal with the proof that the claim was sent in time (999 and 277CA)."),
    ("31", "eligibility", REGISTRATION, "The payer does not know the patient; check member number and name."),
    ("39", "authorization", AUTHORIZATION, "Authorization was refused before; appeal with clinical notes."),
    ("40", "medical necessity", CLINICAL, "Not an emergency to the payer; appeal with the emergency record."),
    ("50", "medical necessity", CLINICAL, "Appeal with notes that show why it was needed."),
    ("55", "medical necessity", CLINICAL, "Held to be experimental; appeal with the literature and notes."),
    ("96", "non-covered", CONTRACT, "Read the remark code; bill the patient only if the plan allows it."),
    ("97", "bundling", CODING, "Paid within another service; check modifiers, else accept."),
    ("109", "coverage", REGISTRATION, "Bill the payer that is named; check the coverage of the day."),
    ("119", "benefit limit", REGISTRATION, "Benefit used up; check the limit, then bill the next payer or patient."),
    ("140", "eligibility", REGISTRATION, "Member number and name do not belong together; correct and resend."),
    ("146", "coding", CODING, "Diagnosis was not valid on the day; correct and resend."),
    ("151", "medical necessity", CLINICAL, "Too many services to the payer; appeal with the record."),
    ("167", "non-covered", CONTRACT, "Diagnosis is not covered; check coding, else accept."),
    ("170", "provider", CONTRACT, "Payer does not pay this kind of provider for it; check enrollment."),
    ("181", "coding", CODING, "Procedure code was not valid on the day; correct and resend."),
    ("182", "coding", CODING, "Modifier was not valid on the day; correct and resend."),
    ("197", "authorization", AUTHORIZATION, "Ask for authorization after the fact, or appeal with the notes."),
    ("198", "authorization", AUTHORIZATION, "Authorization exceeded; ask for an extension, then appeal."),
    ("199", "coding", CODING, "Revenue code and procedure do not go together; correct and resend."),
    ("204", "non-covered", CONTRACT, "Not covered by the patient's plan; bill the next payer or the patient."),
    ("226", "missing information", BILLING, "Send the information the payer asked the provider for."),
    ("227", "missing information", REGISTRATION, "The payer waits for an answer of the patient; help to get it."),
    ("234", "bundling", CODING, "Not paid separately; check modifiers, else accept."),
    ("236", "bundling", CODING, "Procedures do not go together on one day; check modifiers, else accept."),
    ("252", "missing information", BILLING, "Send the attachment that the remark code names."),
    ("288", "authorization", AUTHORIZATION, "Referral is missing; get it and send a corrected claim."),
    ("B7", "provider", CONTRACT, "Provider was not enrolled on the day; check credentialing."),
    ("B13", "duplicate", BILLING, "Paid before, to the payer; find that payment."),
)  # fmt: skip

#: Payers also refuse for reasons that this list lacks.
OTHER_FAMILY = "other"
#: After an earlier payer paid (OA 23): nothing was refused, so it is no row of the table above.
IMPACT_OF_PRIOR_PAYER = "23"
