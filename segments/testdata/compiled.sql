-- rule: {"all":[]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND TRUE;
-- $1 = 7

-- rule: {"attribute":"city","op":"is","value":"Utrecht"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."t2" = $2::text;
-- $1 = 7
-- $2 = Utrecht

-- rule: {"attribute":"city","op":"is_not","value":"Utrecht"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."t2" IS DISTINCT FROM $2::text;
-- $1 = 7
-- $2 = Utrecht

-- rule: {"attribute":"city","op":"in","value":["Utrecht","Breda"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."t2" = ANY ($2::text[]);
-- $1 = 7
-- $2 = {"Utrecht","Breda"}

-- rule: {"attribute":"city","op":"contains","value":"ut"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND strpos(lower(m."t2" COLLATE "default"), lower($2::text)) > 0;
-- $1 = 7
-- $2 = ut

-- rule: {"attribute":"city","op":"starts_with","value":"U"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND starts_with(lower(m."t2" COLLATE "default"), lower($2::text));
-- $1 = 7
-- $2 = U

-- rule: {"attribute":"city","op":"is_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (m."t2" IS NULL OR m."t2" = '');
-- $1 = 7

-- rule: {"attribute":"city","op":"is_not_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT ((m."t2" IS NULL OR m."t2" = ''));
-- $1 = 7

-- rule: {"attribute":"points","op":"is_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" IS NULL;
-- $1 = 7

-- rule: {"attribute":"points","op":"is_not_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT (m."n1" IS NULL);
-- $1 = 7

-- rule: {"attribute":"birth_date","op":"is_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" IS NULL;
-- $1 = 7

-- rule: {"attribute":"birth_date","op":"is_not_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT (m."d1" IS NULL);
-- $1 = 7

-- rule: {"attribute":"vip","op":"is_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."b1" IS NULL;
-- $1 = 7

-- rule: {"attribute":"vip","op":"is_not_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT (m."b1" IS NULL);
-- $1 = 7

-- rule: {"attribute":"interests","op":"is_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND coalesce(cardinality(m."s1"), 0) = 0;
-- $1 = 7

-- rule: {"attribute":"interests","op":"is_not_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT (coalesce(cardinality(m."s1"), 0) = 0);
-- $1 = 7

-- rule: {"attribute":"points","op":"is","value":5}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" = $2::float8;
-- $1 = 7
-- $2 = 5

-- rule: {"attribute":"points","op":"is_not","value":5}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" IS DISTINCT FROM $2::float8;
-- $1 = 7
-- $2 = 5

-- rule: {"attribute":"points","op":"in","value":[5,6.5]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" = ANY ($2::float8[]);
-- $1 = 7
-- $2 = {5,6.5}

-- rule: {"attribute":"points","op":"between","value":[5,6]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" BETWEEN $2::float8 AND $3::float8;
-- $1 = 7
-- $2 = 5
-- $3 = 6

-- rule: {"attribute":"points","op":"lt","value":5}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" < $2::float8;
-- $1 = 7
-- $2 = 5

-- rule: {"attribute":"points","op":"lte","value":5}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" <= $2::float8;
-- $1 = 7
-- $2 = 5

-- rule: {"attribute":"points","op":"gt","value":5}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" > $2::float8;
-- $1 = 7
-- $2 = 5

-- rule: {"attribute":"points","op":"gte","value":5}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."n1" >= $2::float8;
-- $1 = 7
-- $2 = 5

-- rule: {"attribute":"vip","op":"is","value":true}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."b1" = $2::boolean;
-- $1 = 7
-- $2 = true

-- rule: {"attribute":"vip","op":"is_not","value":false}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."b1" IS DISTINCT FROM $2::boolean;
-- $1 = 7
-- $2 = false

-- rule: {"attribute":"interests","op":"has_any","value":["travel","sport"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."s1" && $2::text[];
-- $1 = 7
-- $2 = {"travel","sport"}

-- rule: {"attribute":"interests","op":"has_all","value":["travel","sport"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."s1" @> $2::text[];
-- $1 = 7
-- $2 = {"travel","sport"}

-- rule: {"attribute":"interests","op":"has_none","value":["travel","sport"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (m."s1" && $2::text[]) IS NOT TRUE;
-- $1 = 7
-- $2 = {"travel","sport"}

-- rule: {"attribute":"birth_date","op":"is","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date AND m."d1" < $3::date;
-- $1 = 7
-- $2 = 2000-02-29
-- $3 = 2000-03-01

-- rule: {"attribute":"birth_date","op":"is_not","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (m."d1" >= $2::date AND m."d1" < $3::date) IS NOT TRUE;
-- $1 = 7
-- $2 = 2000-02-29
-- $3 = 2000-03-01

-- rule: {"attribute":"birth_date","op":"before","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" < $2::date;
-- $1 = 7
-- $2 = 2000-02-29

-- rule: {"attribute":"birth_date","op":"lt","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" < $2::date;
-- $1 = 7
-- $2 = 2000-02-29

-- rule: {"attribute":"birth_date","op":"after","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date;
-- $1 = 7
-- $2 = 2000-03-01

-- rule: {"attribute":"birth_date","op":"gt","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date;
-- $1 = 7
-- $2 = 2000-03-01

-- rule: {"attribute":"birth_date","op":"lte","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" < $2::date;
-- $1 = 7
-- $2 = 2000-03-01

-- rule: {"attribute":"birth_date","op":"gte","value":"2000-02-29"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date;
-- $1 = 7
-- $2 = 2000-02-29

-- rule: {"attribute":"birth_date","op":"between","value":["2000-02-29","2001-03-01"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date AND m."d1" < $3::date;
-- $1 = 7
-- $2 = 2000-02-29
-- $3 = 2001-03-02

-- rule: {"attribute":"birth_date","op":"in_last_days","value":7}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date AND m."d1" < $3::date;
-- $1 = 7
-- $2 = 2026-11-15
-- $3 = 2026-11-22

-- rule: {"attribute":"birth_date","op":"in_next_days","value":7}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date AND m."d1" < $3::date;
-- $1 = 7
-- $2 = 2026-11-21
-- $3 = 2026-11-28

-- rule: {"attribute":"birth_date","op":"days_ago_between","value":[3,5]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date AND m."d1" < $3::date;
-- $1 = 7
-- $2 = 2026-11-16
-- $3 = 2026-11-19

-- rule: {"attribute":"birth_date","op":"birthday_within_days","value":2}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (extract(month FROM m."d1") * 100 + extract(day FROM m."d1"))::int = ANY ($2::int[]);
-- $1 = 7
-- $2 = {1121,1122}

-- rule: {"attribute":"birth_date","op":"age_between","value":[25,40]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."d1" >= $2::date AND m."d1" < $3::date;
-- $1 = 7
-- $2 = 1985-11-22
-- $3 = 2001-11-22

-- rule: {"membership":"source","op":"is","value":"import"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."source" = $2::text;
-- $1 = 7
-- $2 = import

-- rule: {"membership":"source","op":"in","value":["import"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."source" = ANY ($2::text[]);
-- $1 = 7
-- $2 = {"import"}

-- rule: {"membership":"joined","op":"is","value":"2026-10-25"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."joined_at" >= $2::timestamptz AND m."joined_at" < $3::timestamptz;
-- $1 = 7
-- $2 = 2026-10-24T22:00:00Z
-- $3 = 2026-10-25T23:00:00Z

-- rule: {"membership":"joined","op":"is_not","value":"2026-10-25"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (m."joined_at" >= $2::timestamptz AND m."joined_at" < $3::timestamptz) IS NOT TRUE;
-- $1 = 7
-- $2 = 2026-10-24T22:00:00Z
-- $3 = 2026-10-25T23:00:00Z

-- rule: {"membership":"joined","op":"before","value":"2026-10-25"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."joined_at" < $2::timestamptz;
-- $1 = 7
-- $2 = 2026-10-24T22:00:00Z

-- rule: {"membership":"joined","op":"after","value":"2026-10-25"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."joined_at" >= $2::timestamptz;
-- $1 = 7
-- $2 = 2026-10-25T23:00:00Z

-- rule: {"membership":"joined","op":"between","value":["2026-10-24","2026-10-25"]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."joined_at" >= $2::timestamptz AND m."joined_at" < $3::timestamptz;
-- $1 = 7
-- $2 = 2026-10-23T22:00:00Z
-- $3 = 2026-10-25T23:00:00Z

-- rule: {"membership":"joined","op":"in_last_days","value":1}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."joined_at" >= $2::timestamptz AND m."joined_at" < $3::timestamptz;
-- $1 = 7
-- $2 = 2026-11-20T23:00:00Z
-- $3 = 2026-11-21T23:00:00Z

-- rule: {"membership":"joined","op":"days_ago_between","value":[3,5]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."joined_at" >= $2::timestamptz AND m."joined_at" < $3::timestamptz;
-- $1 = 7
-- $2 = 2026-11-15T23:00:00Z
-- $3 = 2026-11-18T23:00:00Z

-- rule: {"membership":"confirmed","op":"is_empty"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m."confirmed_at" IS NULL;
-- $1 = 7

-- rule: {"consent":"mail","given":true}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m.mail_consent;
-- $1 = 7

-- rule: {"consent":"mail","given":false}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT m.mail_consent;
-- $1 = 7

-- rule: {"consent":"tracking","given":true}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND m.tracking_consent;
-- $1 = 7

-- rule: {"consent":"tracking","given":false}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND NOT m.tracking_consent;
-- $1 = 7

-- rule: {"random":{"percent":12.5,"seed":"x"}}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (hashint8extended(m.member_id, $2::bigint) & 1048575) < $3::bigint;
-- $1 = 7
-- $2 = 9004505540419092844
-- $3 = 131072

-- rule: {"engagement":"opened"}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7

-- rule: {"engagement":"opened","within_days":1}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day >= $2::date) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 2026-11-21

-- rule: {"engagement":"opened","within_days":30}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day >= $2::date) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 2026-10-23

-- rule: {"engagement":"opened","at_least":1}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7

-- rule: {"engagement":"opened","at_least":2}
-- looks up: SELECT id FROM mailings WHERE label_id = $1 with [7]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id HAVING sum(b.n) >= $3::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = 2

-- rule: {"engagement":"opened","within_days":30,"at_least":3}
-- looks up: SELECT id FROM mailings WHERE label_id = $1 with [7]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) AND b.day >= $3::date GROUP BY b.member_id HAVING sum(b.n) >= $4::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = 2026-10-23
-- $4 = 3

-- rule: {"engagement":"opened","mailing":3}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {3}

-- rule: {"engagement":"opened","mailing":3,"at_least":1}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {3}

-- rule: {"engagement":"opened","campaign":3}
-- looks up: SELECT DISTINCT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = $1 AND p.campaign_id = $2 with [7 3]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}

-- rule: {"engagement":"opened","advertiser":3,"within_days":9}
-- looks up: SELECT DISTINCT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = $1 AND p.advertiser_id = $2 with [7 3]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) AND b.day >= $3::date GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = 2026-11-13

-- rule: {"engagement":"opened","category":"travel"}
-- looks up: SELECT DISTINCT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = $1 AND p.advertiser_id IN (SELECT id FROM advertisers WHERE category = $2) with [7 travel]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}

-- rule: {"engagement":"clicked"}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'click' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7

-- rule: {"engagement":"clicked","within_days":7}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'click' AND day >= $2::date) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 2026-11-15

-- rule: {"engagement":"clicked","at_least":2}
-- looks up: SELECT id FROM mailings WHERE label_id = $1 with [7]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'click' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id HAVING sum(b.n) >= $3::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = 2

-- rule: {"engagement":"clicked","mailing":3,"at_least":2}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'click' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id HAVING sum(b.n) >= $3::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {3}
-- $3 = 2

-- rule: {"engagement":"clicked","campaign":3}
-- looks up: SELECT DISTINCT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = $1 AND p.campaign_id = $2 with [7 3]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'click' AND b.mailing_id = ANY ($2::bigint[]) AND b.campaign_id + 0 = ANY ($3::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = {3}

-- rule: {"engagement":"clicked","advertiser":3,"at_least":2}
-- looks up: SELECT DISTINCT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = $1 AND p.advertiser_id = $2 with [7 3]
-- looks up: SELECT id FROM campaigns WHERE advertiser_id = $1 with [3]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'click' AND b.mailing_id = ANY ($2::bigint[]) AND b.campaign_id + 0 = ANY ($3::bigint[]) GROUP BY b.member_id HAVING sum(b.n) >= $4::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = {11,12}
-- $4 = 2

-- rule: {"engagement":"clicked","category":"travel","within_days":30}
-- looks up: SELECT DISTINCT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = $1 AND p.advertiser_id IN (SELECT id FROM advertisers WHERE category = $2) with [7 travel]
-- looks up: SELECT c.id FROM campaigns c JOIN advertisers a ON a.id = c.advertiser_id WHERE a.category = $1 with [travel]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'click' AND b.mailing_id = ANY ($2::bigint[]) AND b.day >= $3::date AND b.campaign_id + 0 = ANY ($4::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {11,12}
-- $3 = 2026-10-23
-- $4 = {11,12}

-- rule: {"engagement":"received"}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND (s.finished_at IS NULL OR s.finished_at >= $2) with [7 0001-01-01T00:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}

-- rule: {"engagement":"received","within_days":30}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND (s.finished_at IS NULL OR s.finished_at >= $2) with [7 2026-10-22T22:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' AND d.sent_at >= $4::timestamptz GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}
-- $4 = 2026-10-22T22:00:00Z

-- rule: {"engagement":"received","mailing":3}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND s.mailing_id = $2 AND (s.finished_at IS NULL OR s.finished_at >= $3) with [7 3 0001-01-01T00:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}

-- rule: {"engagement":"received","mailing":3,"within_days":2,"at_least":1}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND s.mailing_id = $2 AND (s.finished_at IS NULL OR s.finished_at >= $3) with [7 3 2026-11-19T23:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' AND d.sent_at >= $4::timestamptz GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}
-- $4 = 2026-11-19T23:00:00Z

-- rule: {"engagement":"received","campaign":3,"at_least":2}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.campaign_id = $2) AND (s.finished_at IS NULL OR s.finished_at >= $3) with [7 3 0001-01-01T00:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' GROUP BY d.member_id HAVING count(*) >= $4::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}
-- $4 = 2

-- rule: {"engagement":"received","advertiser":3}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.advertiser_id = $2) AND (s.finished_at IS NULL OR s.finished_at >= $3) with [7 3 0001-01-01T00:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}

-- rule: {"engagement":"received","category":"travel"}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.advertiser_id IN (SELECT id FROM advertisers WHERE category = $2)) AND (s.finished_at IS NULL OR s.finished_at >= $3) with [7 travel 0001-01-01T00:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}

-- rule: {"conversion":"bought"}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') GROUP BY c.member_id HAVING TRUE) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7

-- rule: {"conversion":"bought","advertiser":3}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') AND c.advertiser_id = $2::bigint GROUP BY c.member_id HAVING TRUE) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 3

-- rule: {"conversion":"bought","category":"travel","within_days":9}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') AND c.advertiser_id IN (SELECT id FROM advertisers WHERE category = $2::text) AND c.occurred_at >= $3::timestamptz GROUP BY c.member_id HAVING TRUE) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = travel
-- $3 = 2026-11-12T23:00:00Z

-- rule: {"conversion":"bought","at_least":1}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') GROUP BY c.member_id HAVING TRUE) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7

-- rule: {"conversion":"bought","at_least":2}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') GROUP BY c.member_id HAVING TRUE AND count(DISTINCT (c.network, c.transaction_ref)) >= $2::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 2

-- rule: {"conversion":"bought","value_at_least":{"minor":1500,"currency":"EUR"}}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') GROUP BY c.member_id HAVING TRUE AND sum(c.sale_minor) FILTER (WHERE c.currency = $2::text) >= $3::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = EUR
-- $3 = 1500

-- rule: {"conversion":"bought","advertiser":3,"at_least":3,"within_days":1,"value_at_least":{"minor":1,"currency":"USD"}}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') AND c.advertiser_id = $2::bigint AND c.occurred_at >= $3::timestamptz GROUP BY c.member_id HAVING TRUE AND count(DISTINCT (c.network, c.transaction_ref)) >= $4::bigint AND sum(c.sale_minor) FILTER (WHERE c.currency = $5::text) >= $6::bigint) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 3
-- $3 = 2026-11-20T23:00:00Z
-- $4 = 3
-- $5 = USD
-- $6 = 1

-- rule: {"not":{"engagement":"opened"}}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NULL;
-- $1 = 7

-- rule: {"not":{"conversion":"bought"}}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') GROUP BY c.member_id HAVING TRUE) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND j1.member_id IS NULL;
-- $1 = 7

-- rule: {"not":{"attribute":"city","op":"is","value":"x"}}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND (m."t2" = $2::text) IS NOT TRUE;
-- $1 = 7
-- $2 = x

-- rule: {"not":{"all":[{"engagement":"opened"},{"consent":"mail","given":true}]}}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND ((j1.member_id IS NOT NULL AND m.mail_consent)) IS NOT TRUE;
-- $1 = 7

-- rule: {"not":{"not":{"engagement":"opened"}}}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1
   AND (j1.member_id IS NULL) IS NOT TRUE;
-- $1 = 7

-- rule: {"any":[{"engagement":"opened"},{"engagement":"clicked"},{"engagement":"opened"}]}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL) j1 ON j1.member_id = m.member_id
  LEFT JOIN (SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'click' AND day IS NOT NULL) j2 ON j2.member_id = m.member_id
 WHERE m.label_id = $1
   AND (j1.member_id IS NOT NULL OR j2.member_id IS NOT NULL OR j1.member_id IS NOT NULL);
-- $1 = 7

-- rule: {"all":[{"any":[{"attribute":"city","op":"is","value":"Utrecht"},{"all":[]}]},{"not":{"random":{"percent":50,"seed":"x"}}}]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1
   AND ((m."t2" = $2::text OR TRUE) AND ((hashint8extended(m.member_id, $3::bigint) & 1048575) < $4::bigint) IS NOT TRUE);
-- $1 = 7
-- $2 = Utrecht
-- $3 = 9004505540419092844
-- $4 = 524288

-- of a sample: {"all":[]}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1 AND m.bucket < $2::int
   AND TRUE;
-- $1 = 7
-- $2 = 32

-- of a sample: {"attribute":"city","op":"is","value":"Utrecht"}
SELECT m.member_id
  FROM memberships m
 WHERE m.label_id = $1 AND m.bucket < $3::int
   AND m."t2" = $2::text;
-- $1 = 7
-- $2 = Utrecht
-- $3 = 32

-- of a sample: {"engagement":"opened","mailing":3}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT b.member_id FROM behaviours b WHERE b.label_id = $1 AND b.kind = 'open' AND b.mailing_id = ANY ($2::bigint[]) GROUP BY b.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1 AND m.bucket < $3::int
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {3}
-- $3 = 32

-- of a sample: {"engagement":"received"}
-- looks up: SELECT s.id, s.month FROM sends s WHERE s.label_id = $1 AND (s.finished_at IS NULL OR s.finished_at >= $2) with [7 0001-01-01T00:00:00Z]
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT d.member_id FROM deliveries d WHERE d.send_month = ANY ($2::date[]) AND d.send_id = ANY ($3::bigint[]) AND d.state = 'sent' AND (hashint8extended(d.member_id, 0) & 1023) < $4::int GROUP BY d.member_id) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1 AND m.bucket < $5::int
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = {"2026-11-01","2026-10-01"}
-- $3 = {21,22,23}
-- $4 = 32
-- $5 = 32

-- of a sample: {"conversion":"bought"}
SELECT m.member_id
  FROM memberships m
  LEFT JOIN (SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved') AND (hashint8extended(c.member_id, 0) & 1023) < $2::int GROUP BY c.member_id HAVING TRUE) j1 ON j1.member_id = m.member_id
 WHERE m.label_id = $1 AND m.bucket < $3::int
   AND j1.member_id IS NOT NULL;
-- $1 = 7
-- $2 = 32
-- $3 = 32

