package news

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
)

// Store keeps news, and who read it.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns the store of news in db.
func NewStore(db *sqlx.DB, now clock.Clock) *Store { return &Store{db, now} }

// A piece of news holds as long as the network still says so: what came after it,
// or a later reading, may have overtaken it. $1 is who asks, $2 the time.
const columns = `
	n.id, n.connection_id, c.label_id, c.network, c.name AS account, n.programme_ref, n.programme, coalesce(a.advertiser_id, 0) AS advertiser_id,
	coalesce(a.advertiser, '') AS advertiser, coalesce(a.programme_id, 0) AS our_programme_id, coalesce(l.id, 0) AS listing_id,
	n.kind, n.facts, n.ref, n.title, n.body, n.at, n.expires_at, coalesce(r.read, false) AS is_read,
	CASE
	  WHEN n.expires_at <= $2 THEN false
	  WHEN n.ref <> '' THEN n.at > $2::timestamptz - interval '30 days'
	  ELSE coalesce(CASE n.kind
	    WHEN 'listed' THEN l.relation = n.facts->>'after' WHEN 'relation' THEN l.relation = n.facts->>'after'
	    WHEN 'stopped' THEN NOT l.live WHEN 'resumed' THEN l.live
	    WHEN 'ends' THEN coalesce(to_char((l.live_until - interval '1 microsecond') AT TIME ZONE 'UTC', 'YYYY-MM-DD'), '') = coalesce(n.facts->>'after', '')
	    WHEN 'policy' THEN CASE n.facts->>'topic' WHEN 'email' THEN l.email WHEN 'cashback' THEN l.cashback ELSE l.codes END = n.facts->>'after'
	    WHEN 'terms' THEN CASE WHEN n.facts->'pays' IS NULL
	      THEN NOT EXISTS (SELECT FROM network_terms t WHERE t.listing_id = l.id AND t.ended_at IS NULL AND t.group_ref = n.facts->'paid'->>'group')
	      ELSE EXISTS (SELECT FROM network_terms t WHERE t.listing_id = l.id AND t.ended_at IS NULL AND t.group_ref = n.facts->'pays'->>'group'
	                      AND t.since <= n.at AND t.basis_points IS NOT DISTINCT FROM (n.facts->'pays'->>'basis_points')::int
	                      AND t.minor_units IS NOT DISTINCT FROM (n.facts->'pays'->>'minor_units')::bigint) END
	    ELSE EXISTS (SELECT FROM network_items i WHERE i.connection_id = n.connection_id AND i.programme_ref = n.programme_ref
	                    AND i.kind = CASE WHEN n.kind LIKE 'code%' THEN 'code' ELSE 'offer' END AND i.ref = n.facts->>'item_ref'
	                    AND (i.withdrawn_at IS NOT NULL) = (n.kind LIKE '%gone') AND (i.valid_until IS NULL OR i.valid_until > $2)) END, false)
	END AS holds`

const tables = ` network_news n
	  JOIN network_connections c ON c.id = n.connection_id
	  LEFT JOIN network_listings l ON l.connection_id = n.connection_id AND l.ref = n.programme_ref
	  LEFT JOIN network_news_reads r ON r.news_id = n.id AND r.user_id = $1
	  LEFT JOIN LATERAL (SELECT a.id AS advertiser_id, a.name AS advertiser, p.id AS programme_id
	                       FROM programmes p JOIN advertisers a ON a.id = p.advertiser_id
	                      WHERE p.network = c.network AND p.ref = n.programme_ref ORDER BY p.id LIMIT 1) a ON true`

// owner is who changed a campaign last, of those who work here now.
const owner = `(SELECT u.id FROM audit_log o JOIN users u ON o.actor = 'user:' || u.id
	                 WHERE o.subject = 'campaigns:' || m.id AND u.disabled_at IS NULL ORDER BY o.seq DESC LIMIT 1)`

// Get returns a piece of news, as it is to a user.
func (s *Store) Get(ctx context.Context, id ID, to accounts.UserID) (News, error) {
	var n News
	err := s.db.GetContext(ctx, &n, `SELECT `+columns+` FROM `+tables+` WHERE n.id = $3`, to, s.clock.Now(), id)
	return n, postgres.Fault(err, "thing.news_of", "id", id)
}

// Filter narrows a list of news. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	To         accounts.UserID // who asks
	Mine       bool            // only of advertisers of whose campaigns they changed one last
	Unread     bool
	Advertiser campaigns.AdvertiserID
	Network    string
	Kind       networks.ChangeKind
	Text       string // a part of the programme's or advertiser's name, or of a notice
	Since      time.Time
}

const narrowed = `
		 WHERE c.label_id = $3
		   AND (NOT $4 OR EXISTS (SELECT FROM programmes p JOIN campaigns m ON m.advertiser_id = p.advertiser_id AND m.label_id = c.label_id
		                           WHERE p.network = c.network AND p.ref = n.programme_ref AND ` + owner + ` = $1))
		   AND (NOT $5 OR NOT coalesce(r.read, false))
		   AND ($6::bigint = 0 OR EXISTS (SELECT FROM programmes p WHERE p.advertiser_id = $6 AND p.network = c.network AND p.ref = n.programme_ref))
		   AND ($7 = '' OR c.network = $7) AND ($8 = '' OR n.kind = $8)
		   AND ($9 = '' OR position(lower($9) IN lower(concat_ws(' ', n.programme, a.advertiser, n.title, n.body, n.facts->>'title', n.facts->>'code'))) > 0)
		   AND ($10::timestamptz IS NULL OR n.at >= $10)`

func (s *Store) args(f Filter) []any {
	var since *time.Time
	if !f.Since.IsZero() {
		since = &f.Since
	}
	return []any{f.To, s.clock.Now(), f.Label, f.Mine, f.Unread, f.Advertiser, f.Network, f.Kind, f.Text, since}
}

// List returns a page of a label's news, the newest first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[News], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[News]{
		{Name: "newest", Down: true, Keys: []paging.Key[News]{
			paging.Moment("n.at", func(n News) time.Time { return n.At }), paging.Number("n.id", func(n News) ID { return n.ID }),
		}},
	}, ask, `SELECT `+columns+` FROM `+tables+narrowed, s.args(f)...)
	return found, postgres.Fault(err, "thing.news")
}

// Unread counts what a user hasn't read of a label's news of the last thirty days.
func (s *Store) Unread(ctx context.Context, label labels.ID, of accounts.UserID) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `
		SELECT count(*) FROM network_news n JOIN network_connections c ON c.id = n.connection_id
		 WHERE c.label_id = $1 AND n.at > $3::timestamptz - interval '30 days'
		   AND NOT EXISTS (SELECT FROM network_news_reads r WHERE r.news_id = n.id AND r.user_id = $2 AND r.read)`, label, of, s.clock.Now())
	return n, postgres.Fault(err, "thing.news")
}

// Mark notes that the user who acts read a piece of news, or didn't.
func (s *Store) Mark(ctx context.Context, id ID, by accounts.UserID, read bool) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO network_news_reads (user_id, news_id, read, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (user_id, news_id) DO UPDATE SET read = excluded.read, at = excluded.at`, by, id, read, s.clock.Now())
		return postgres.Fault(err, "thing.news_of", "id", id)
	})
}

// MarkAll notes that the user who acts read everything that a list has up to a
// piece of it, which they saw.
func (s *Store) MarkAll(ctx context.Context, f Filter, upTo ID) error {
	f.Unread = true
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO network_news_reads (user_id, news_id, read, at)
			SELECT $1, n.id, true, $2 FROM `+tables+narrowed+` AND n.id <= $11
			ON CONFLICT (user_id, news_id) DO UPDATE SET read = true, at = excluded.at`, append(s.args(f), upTo)...)
		return postgres.Fault(err, "thing.news")
	})
}

// mostConcerns bounds what is looked through for a page of what waits.
const mostConcerns = 200

// Concerns returns what holds, is unread and no older than thirty days of programmes
// of which campaigns run or are to come under some labels, once for each campaign:
// the newest first.
func (s *Store) Concerns(ctx context.Context, of accounts.UserID, under []labels.ID) ([]Concern, error) {
	found := []Concern{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT * FROM (
		  SELECT `+columns+`, m.id AS campaign_id, m.name AS campaign, coalesce(`+owner+` = $1, false) AS owned
		    FROM `+tables+`
		    JOIN programmes p ON p.network = c.network AND p.ref = n.programme_ref
		    JOIN campaigns m ON m.programme_id = p.id AND m.label_id = c.label_id
		    JOIN labels b ON b.id = m.label_id
		   WHERE c.label_id = ANY($3) AND n.at > $2::timestamptz - interval '30 days' AND NOT coalesce(r.read, false)
		     AND m.ends_on >= ($2::timestamptz AT TIME ZONE b.time_zone)::date) n
		 WHERE holds ORDER BY at DESC, id DESC, campaign_id LIMIT $4`, of, s.clock.Now(), pq.Array(under), mostConcerns)
	return found, postgres.Fault(err, "thing.news")
}
