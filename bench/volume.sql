-- A hospital group's history: per journey four runs with their events, an appointment, a visit, a charge, a claim, its
-- payment and a journal entry. `bench_journeys` says which journeys are to be written now. Triggers and foreign keys
-- rest meanwhile, so what they would have kept (the tallies) is summed at the end.

-- name: functions
CREATE FUNCTION bench_ms(j bigint, k int) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT {start_ms} + (j * {step_ms})::bigint + k * 60000 $$;
CREATE FUNCTION bench_at(j bigint, k int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$ SELECT to_timestamp(bench_ms(j, k) / 1000.0) $$;
CREATE FUNCTION bench_id(tag int, j bigint, k int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex(bench_ms(j, k)), 12, '0') || '7' || lpad(to_hex(tag * 16 + k), 3, '0')
               || '8' || lpad(to_hex(j), 15, '0'))::uuid $$;
-- Evenly spread, and not in step with anything else that is made of `j`.
CREATE FUNCTION bench_spread(j bigint, among int) RETURNS int LANGUAGE sql IMMUTABLE AS
    $$ SELECT (abs(hashint8(j)::bigint) % among)::int $$;
CREATE FUNCTION bench_place(j bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT (ARRAY['NLM','STV','EGH','C01','C02','C03','C04','C05','C06','C07','C08','C09','C10','C11','C12','C13',
                     'C14','C15','C16','C17','C18','C19','C20'])[1 + bench_spread(j, 23)] $$;
-- Of each five journeys two end in an open case and one in a solved one; one of a hundred waits for its charge.
CREATE FUNCTION bench_state(j bigint, k int) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN k = 3 AND (j / 10) % 5 < 2 THEN 'parked' WHEN k = 2 AND (j / 10) % 100 = 7 THEN 'waiting'
                   ELSE 'succeeded' END $$;
CREATE UNLOGGED TABLE bench_journeys (j bigint PRIMARY KEY);
CREATE VIEW bench_runs AS
    SELECT j, k, (ARRAY['W1','W1','W3','W4'])[k + 1] AS workflow,
           (ARRAY['appointment.booked','appointment.completed','appointment.completed','claim.adjudicated'])[k + 1] AS type,
           CASE WHEN k < 3 THEN 'scheduling:S' || j ELSE 'A' || j END AS entity, bench_state(j, k) AS state,
           bench_place(j) AS place
      FROM bench_journeys CROSS JOIN generate_series(0, 3) AS k;

-- name: journeys
INSERT INTO records_journey (id, account_number, facility, opened_at)
SELECT bench_id(1, j, 0), 'A' || j, bench_place(j), bench_at(j, 0) FROM bench_journeys;
INSERT INTO records_journeykey (kind, value, journey_id)
SELECT kind, prefix || j, bench_id(1, j, 0) FROM bench_journeys,
       (VALUES ('account', 'A'), ('appointment', 'scheduling:S'), ('claim', 'A')) AS kinds (kind, prefix);
INSERT INTO records_businesskey (kind, value, journey_id)
SELECT 'patient', md5(j::text), bench_id(1, j, 0) FROM bench_journeys;
INSERT INTO records_businesskey (kind, value, journey_id)
SELECT 'payer_claim', 'PCN' || j, bench_id(1, j, 0) FROM bench_journeys;

-- name: messages
INSERT INTO connectors_message
    (id, feed_id, feed_code, received_at, state, content_type, headers, name, size, sha256, control_id,
     contract_version, body, chunks, code, detail, position, attempts, processed_at, journey_id, facility)
SELECT bench_id(2, j, k), 1, 'scheduling', bench_at(j, k), 'processed', 'application/json', '{{}}', '', 400,
       repeat('0', 64), 'msg_' || j || '_' || k, 'v1', '\x00', 0, '', '', 0, 0, bench_at(j, k), bench_id(1, j, 0), place
  FROM bench_runs WHERE k < 2;

-- name: history
-- The many messages of which pages show few: what every system said about the same accounts, minute by minute.
INSERT INTO connectors_message
    (id, feed_id, feed_code, received_at, state, content_type, headers, name, size, sha256, control_id,
     contract_version, body, chunks, code, detail, position, attempts, processed_at, journey_id, facility)
SELECT bench_id(100, j, k), ids[1 + k % array_length(ids, 1)], codes[1 + k % array_length(ids, 1)], bench_at(j, k), state,
       'x-application/hl7-v2+er7', '{{}}', CASE WHEN k % 20 = 3 THEN 'era_' || j || '_' || k || '.835' ELSE '' END, 400,
       '', 'MSG' || j || 'K' || k, '', '\x00', 0,
       CASE WHEN state IN ('held', 'rejected') THEN 'mapping-missing' ELSE '' END, '', 0, 0, bench_at(j, k),
       bench_id(1, j, 0), bench_place(j)
  FROM bench_journeys CROSS JOIN generate_series(2, {{messages}} - 1) AS k
 CROSS JOIN (SELECT array_agg(id ORDER BY code) AS ids, array_agg(code ORDER BY code) AS codes FROM connectors_feed)
 CROSS JOIN LATERAL (SELECT CASE bench_spread(j * 64 + k, 2000) WHEN 0 THEN 'held' WHEN 1 THEN 'rejected'
                                 WHEN 2 THEN 'duplicate' ELSE 'processed' END AS state)
 WHERE j >= {{first}} AND j < {{last}};

-- name: events
INSERT INTO records_event
    (id, type, version, occurred_at, received_at, system, facility, entity_kind, entity_key, journey_id, causation_id,
     applied, data)
SELECT bench_id(3, j, k), type, 1, bench_at(j, k), bench_at(j, k), CASE WHEN k < 3 THEN 'scheduling' ELSE
       'clearinghouse' END, place, split_part(type, '.', 1), entity, bench_id(1, j, 0), bench_id(2, j, k), true,
       '{{"department": "CARD", "visit_type": "office"}}'
  FROM bench_runs;

-- name: runs
INSERT INTO orchestration_run
    (id, workflow, version, subject, order_key, state, step, step_index, event_id, event_type, entity_key, journey_id,
     facility, amount, pins, outputs, generation, attempts, armed, created_at, changed_at, finished_at)
SELECT bench_id(4, j, k), workflow, 1, entity || ':' || k, workflow || ':' || entity, state,
       (ARRAY['plan','settle','charges','post'])[k + 1], 1, bench_id(3, j, k), type, entity, bench_id(1, j, 0), place,
       234, '{{}}', '{{}}', 1, 0, false, bench_at(j, k), bench_at(j, k),
       CASE WHEN state = 'succeeded' THEN bench_at(j, k) END
  FROM bench_runs;
-- Steps, tries and exchanges of one journey in ten: pages show them for one run or one journey at a time.
INSERT INTO orchestration_step
    (id, run_id, index, name, generation, state, posting_key, attempts, output, failure_class, code, detail, started_at,
     finished_at)
SELECT bench_id(8 + i, j, k), bench_id(4, j, k), i, (ARRAY['enrich','withdraw','plan','settle'])[i + 1], 1, 'done', '', 1,
       '{{}}', '', '', '', bench_at(j, k), bench_at(j, k)
  FROM bench_runs CROSS JOIN generate_series(0, 3) AS i WHERE (j / 10) % 10 = 0;
INSERT INTO orchestration_attempt (id, run_id, step_id, number, outcome, failure_class, code, detail, worker, at)
SELECT bench_id(12 + i, j, k), bench_id(4, j, k), bench_id(8 + i, j, k), 1, 'done', '', '', '', 'bench:1', bench_at(j, k)
  FROM bench_runs CROSS JOIN generate_series(0, 3) AS i WHERE (j / 10) % 10 = 0;
INSERT INTO connectors_delivery
    (id, system, operation, posting_key, state, run_id, journey_id, facility, sealed_request, reference, status,
     failure_class, code, detail, attempts, repeated, created_at, sent_at, finished_at, elapsed_ms)
SELECT bench_id(5, j, k), 'erp', 'plan.post', 'W:' || j || ':' || k, 'confirmed', bench_id(4, j, k), bench_id(1, j, 0),
       place, '\x00', 'PL-' || j || '-' || k, 201, '', '', '', 1, false, bench_at(j, k), bench_at(j, k), bench_at(j, k), 5
  FROM bench_runs WHERE k IN (0, 3);
INSERT INTO connectors_postingkey (system, key, delivery_id, state, reference)
SELECT 'erp', 'W:' || j || ':' || k, bench_id(5, j, k), 'confirmed', 'PL-' || j || '-' || k
  FROM bench_runs WHERE k IN (0, 3);

-- name: records
INSERT INTO records_appointment
    (id, key, system, facility, account_number, occurred_at, created_at, status, starts_at, department, provider,
     service_line, payer, visit_type, cost_center, expected_amount, completed_at, journey_id, planned_on)
SELECT bench_id(6, j, 0), 'scheduling:S' || j, 'scheduling', bench_place(j), 'A' || j, bench_at(j, 1), bench_at(j, 0),
       'completed', bench_at(j, 1), 'CARD', 'PRV001', 'HEART', 'AETNA', 'office', 'CC-C01-CARD', 234, bench_at(j, 1),
       bench_id(1, j, 0), bench_at(j, 1)::date
  FROM bench_journeys;
INSERT INTO records_encounter
    (id, key, system, facility, account_number, occurred_at, created_at, status, encounter_class, visit_number,
     department, provider, location, payer, started_at, ended_at, appointment_id, journey_id)
SELECT bench_id(7, j, 0), 'ehr:V' || j, 'ehr', bench_place(j), 'A' || j, bench_at(j, 1), bench_at(j, 1), 'completed',
       'O', 'V' || j, 'CARD', 'PRV001', '', 'AETNA', bench_at(j, 1), bench_at(j, 2), bench_id(6, j, 0), bench_id(1, j, 0)
  FROM bench_journeys;
INSERT INTO records_claim
    (id, key, system, facility, account_number, occurred_at, created_at, status, payer, frequency_code, amount, paid,
     contractual, patient_responsibility, currency, payer_claim_control_number, service_line, cost_center, submitted_at,
     accepted_at, adjudicated_at, encounter_id, journey_id)
SELECT bench_id(16, j, 0), 'A' || j, 'hub', bench_place(j), 'A' || j, bench_at(j, 3), bench_at(j, 2), 'paid', 'AETNA',
       '1', 300, 234, 46, 20, 'USD', 'PCN' || j, 'HEART', 'CC-C01-CARD', bench_at(j, 2), bench_at(j, 2), bench_at(j, 3),
       bench_id(7, j, 0), bench_id(1, j, 0)
  FROM bench_journeys;
INSERT INTO records_charge
    (id, key, system, facility, account_number, occurred_at, created_at, status, visit_number, service_date,
     procedure_code, modifiers, units, amount, currency, department, provider, captured_at, claim_id, journey_id)
SELECT bench_id(17, j, 0), 'ehr:C' || j, 'ehr', bench_place(j), 'A' || j, bench_at(j, 2), bench_at(j, 2), 'captured',
       'V' || j, bench_at(j, 1)::date, '99213', '[]', 1, 300, 'USD', 'CARD', 'PRV001', bench_at(j, 2),
       bench_id(16, j, 0), bench_id(1, j, 0)
  FROM bench_journeys;
INSERT INTO records_remittance
    (id, key, message_id, status, facility, payer, trace_number, amount, currency, method, paid_on, claim_count,
     progress, received_at)
SELECT bench_id(18, j, 0), 'R' || j, bench_id(18, j, 1), 'recorded', 'CBO', 'AETNA', 'T' || j, 11700, 'USD', 'ACH',
       bench_at(j, 0)::date, 50, 50, bench_at(j, 0)
  FROM bench_journeys WHERE (j / 10) % 50 = 0;
INSERT INTO records_claimpayment
    (id, remittance_id, position, event_id, claim_id, journey_id, facility, claim_number, kind, status_code, charge,
     paid, patient_responsibility, payer_claim_control_number, adjustments, posted_at)
SELECT bench_id(19, j, 0), bench_id(18, j - (j / 10 % 50) * 10, 0), (j / 10 % 50)::int + 1, bench_id(3, j, 3),
       bench_id(16, j, 0), bench_id(1, j, 0), bench_place(j), 'A' || j, 'adjudicated', '1', 300, 234, 20, 'PCN' || j,
       '[{{"group": "CO", "reason": "45", "amount": "46.00"}}]', bench_at(j, 3)
  FROM bench_journeys;

-- name: ledger
INSERT INTO ledger_entry
    (id, posting_key, kind, effective_date, currency, facility, journey_id, source_event_id, description, state,
     erp_reference, recorded_at, posted_at)
SELECT bench_id(20, j, 0), 'E' || j, 'remittance', bench_at(j, 3)::date, 'USD', bench_place(j), bench_id(1, j, 0),
       bench_id(3, j, 3), 'Payer payment', CASE WHEN bench_state(j, 3) = 'parked' THEN 'recorded' ELSE 'posted' END,
       'JE-' || j, bench_at(j, 3), bench_at(j, 3)
  FROM bench_journeys;
INSERT INTO ledger_line (entry_id, account, cost_center, payer, debit, credit, memo)
SELECT bench_id(20, j, 0), account, 'CC-C01-CARD', 'AETNA', debit, credit, ''
  FROM bench_journeys, (VALUES ('1010', 234, 0), ('1100', 0, 234)) AS sides (account, debit, credit);

-- name: cases
INSERT INTO exceptions_case
    (id, fingerprint, failure_class, code, queue, title, detail, hint, subject, system, facility, state, resolution,
     amount, held, priority, opened_at, last_seen_at, due_at, resolved_at, version, owner_id, release_rate, weight)
SELECT bench_id(21, j, 0), 'bench:' || j, 'business', 'claim-denied',
       (ARRAY['mapping','billing','denials','cash','integration','security'])[1 + bench_spread(j * 3, 6)],
       'Claim denied by the payer', 'The payer denied the claim.', 'Correct it and send it again.', '{{}}',
       'clearinghouse', bench_place(j), CASE WHEN bench_state(j, 3) <> 'parked' THEN 'resolved'
       WHEN bench_spread(j * 5, 10) = 0 THEN 'in_progress' ELSE 'open' END,
       CASE WHEN bench_state(j, 3) = 'parked' THEN '' ELSE 'fixed' END, bench_spread(j * 7, 100000) / 10.0,
       CASE WHEN bench_state(j, 3) = 'parked' THEN 1 ELSE 0 END, bench_spread(j * 7, 100000), bench_at(j, 3),
       bench_at(j, 3), bench_at(j, 3) + interval '30 days',
       CASE WHEN bench_state(j, 3) = 'parked' THEN NULL ELSE bench_at(j, 3) END, 1,
       CASE WHEN bench_spread(j * 5, 10) = 0 THEN (SELECT min(id) + bench_spread(j, 4) FROM auth_user) END, 0, 0
  FROM bench_journeys WHERE (j / 10) % 5 < 3;
INSERT INTO exceptions_member
    (id, case_id, kind, ref, step, facility, journey_id, amount, state, since)
SELECT bench_id(22, j, 0), bench_id(21, j, 0), 'run', bench_id(4, j, 3), 'post', bench_place(j), bench_id(1, j, 0),
       bench_spread(j * 7, 100000) / 10.0, CASE WHEN bench_state(j, 3) = 'parked' THEN 'held' ELSE 'done' END,
       bench_at(j, 3)
  FROM bench_journeys WHERE (j / 10) % 5 < 3;
INSERT INTO exceptions_note (id, case_id, at, author, kind, text)
SELECT bench_id(23, j, 0), bench_id(21, j, 0), bench_at(j, 3), 'hub', 'held', 'It began to hold a run.'
  FROM bench_journeys WHERE (j / 10) % 5 < 3;

-- name: tallies
INSERT INTO masterdata_codeday AS standing (day, domain, system, facility, local_code, count)
SELECT bench_at(j, 0)::date, domain, 'scheduling', bench_place(j), local_code, count(*)
  FROM bench_journeys CROSS JOIN LATERAL (VALUES ('department', 'dep-' || bench_spread(j * 11, 60)),
       ('provider', 'u-' || bench_spread(j * 13, 400)), ('payer', 'p-' || bench_spread(j * 17, 30))
       ) AS codes (domain, local_code)
 GROUP BY 1, 2, 4, 5
    ON CONFLICT (domain, system, local_code, facility, day) DO UPDATE SET count = standing.count + EXCLUDED.count;
INSERT INTO orchestration_runtally (workflow, facility, state, count)
SELECT workflow, place, state, count(*) FROM bench_runs GROUP BY 1, 2, 3;
INSERT INTO exceptions_casetally (queue, failure_class, facility, owner_id, count, amount)
SELECT queue, failure_class, facility, owner_id, count(*), sum(amount) FROM exceptions_case
  JOIN bench_journeys ON exceptions_case.id = bench_id(21, j, 0) WHERE state <> 'resolved' GROUP BY 1, 2, 3, 4;
