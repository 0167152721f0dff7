package targets

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps targets, and how they stood.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns the store of targets in db.
func NewStore(db *sqlx.DB, at clock.Clock) *Store { return &Store{db, at} }

const columns = `t.id, t.url, t.subid_parameter, t.made_up, t.barred, t.state, t.found, t.chain, t.final_url, t.home, t.checked_at, t.broken_since`

// owned is whose each target is: of whom changed its campaign last, of those who
// work here now; of a campaign that nobody who does changed, and of a label's own
// link, each planner's of the label.
const owned = `
	SELECT u.target_id, u.label_id, coalesce(c.name, '') AS campaign, o.id AS user_id
	  FROM live_target_uses u
	  LEFT JOIN campaigns c ON c.id = u.campaign_id
	  LEFT JOIN LATERAL (SELECT p.id FROM audit_log a JOIN users p ON a.actor = 'user:' || p.id
	                      WHERE a.subject = 'campaigns:' || c.id AND p.disabled_at IS NULL ORDER BY a.seq DESC LIMIT 1) last ON true
	  JOIN users o ON o.disabled_at IS NULL AND (o.id = last.id OR last.id IS NULL AND EXISTS (
	         SELECT FROM user_roles r WHERE r.user_id = o.id AND r.label_id = u.label_id AND r.role = 'planner'))`

// Get returns a target that something has. Not found, if nothing does any more.
func (s *Store) Get(ctx context.Context, id ID) (Target, error) {
	var t Target
	err := s.db.GetContext(ctx, &t, `SELECT `+columns+` FROM live_targets t WHERE t.id = $1 AND `+live, id)
	return t, postgres.Fault(err, "thing.target", "id", id)
}

// Filter narrows a list of targets. Zero fields don't narrow.
type Filter struct {
	Label    labels.ID
	Campaign campaigns.ID
	State    State
	Text     string // a part of the address, or of the name of a campaign or mailing
}

// List returns a page of the targets that a label has, what broke first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Target], error) {
	id := paging.Number("t.id", func(t Target) ID { return t.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Target]{
		{Name: "gravest", Keys: []paging.Key[Target]{paging.Number(`array_position(ARRAY['broken', 'unclear', 'unchecked', 'works'], t.state)`,
			func(t Target) int { return t.rank() }), id}},
		{Name: "oldest", Keys: []paging.Key[Target]{id}},
	}, ask, `
		SELECT `+columns+` FROM live_targets t
		 WHERE EXISTS (
		         SELECT FROM live_target_uses u LEFT JOIN campaigns c ON c.id = u.campaign_id LEFT JOIN mailings m ON m.id = u.mailing_id
		          WHERE u.target_id = t.id AND u.label_id = $1 AND ($2::bigint = 0 OR u.campaign_id = $2)
		            AND ($4 = '' OR position(lower($4) IN lower(concat_ws(' ', t.url, c.name, m.name))) > 0))
		   AND ($3 = '' OR t.state = $3)`, f.Label, f.Campaign, f.State, f.Text)
	return found, postgres.Fault(err, "thing.targets")
}

// rank is the place of a target's state among all, from one on.
func (t Target) rank() int {
	for i, s := range States() {
		if s == t.State {
			return i + 1
		}
	}
	return 0
}

// Uses returns what has these targets under some labels, by target.
func (s *Store) Uses(ctx context.Context, ids []ID, under []labels.ID) (map[ID][]Use, error) {
	var rows []struct {
		Target ID `db:"target_id"`
		Use
	}
	err := s.db.SelectContext(ctx, &rows, `
		SELECT u.target_id, u.label_id, coalesce(c.advertiser_id, 0) AS advertiser_id, coalesce(c.id, 0) AS campaign_id,
		       coalesce(c.name, '') AS campaign, coalesce(m.id, 0) AS mailing_id, coalesce(m.name, '') AS mailing,
		       coalesce(k.id, 0) AS tracking_link_id, coalesce(k.name, '') AS tracking_link
		  FROM live_target_uses u
		  LEFT JOIN campaigns c ON c.id = u.campaign_id LEFT JOIN mailings m ON m.id = u.mailing_id
		  LEFT JOIN campaign_links k ON k.id = u.tracking_link_id
		 WHERE u.target_id = ANY($1) AND u.label_id = ANY($2) ORDER BY u.target_id, c.id, m.id, k.id`, pq.Array(ids), pq.Array(under))
	found := map[ID][]Use{}
	for _, r := range rows {
		found[r.Target] = append(found[r.Target], r.Use)
	}
	return found, postgres.Fault(err, "thing.targets")
}

// Labels returns the labels that have a target.
func (s *Store) Labels(ctx context.Context, id ID) (found []labels.ID, err error) {
	err = s.db.SelectContext(ctx, &found, `SELECT DISTINCT label_id FROM live_target_uses WHERE target_id = $1 ORDER BY 1`, id)
	return found, postgres.Fault(err, "thing.target", "id", id)
}

// Days returns how these targets stood since a moment, by target, the oldest first.
func (s *Store) Days(ctx context.Context, ids []ID, since time.Time) (map[ID][]Day, error) {
	var rows []struct {
		Target ID `db:"target_id"`
		Day
	}
	err := s.db.SelectContext(ctx, &rows, `
		SELECT target_id, day, checked_at, checked_by, state, broke, found, final_url FROM live_target_days
		 WHERE target_id = ANY($1) AND checked_at >= $2 ORDER BY target_id, day`, pq.Array(ids), since)
	found := map[ID][]Day{}
	for _, r := range rows {
		found[r.Target] = append(found[r.Target], r.Day)
	}
	return found, postgres.Fault(err, "thing.targets")
}

// History returns a page of the days on which a target was checked, the newest first.
func (s *Store) History(ctx context.Context, id ID, ask paging.Ask) (paging.Page[Day], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Day]{
		{Name: "newest", Down: true, Keys: []paging.Key[Day]{paging.Moment("checked_at", func(d Day) time.Time { return d.CheckedAt })}},
	}, ask, `SELECT day, checked_at, checked_by, state, broke, found, final_url FROM live_target_days WHERE target_id = $1`, id)
	return found, postgres.Fault(err, "thing.target", "id", id)
}

// BrokenOf returns the broken targets that are a user's under some labels, what
// broke last first.
func (s *Store) BrokenOf(ctx context.Context, user accounts.UserID, under []labels.ID) ([]Target, error) {
	found := []Target{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+columns+` FROM live_targets t
		 WHERE t.state = 'broken' AND EXISTS (
		         SELECT FROM (`+owned+`) o WHERE o.target_id = t.id AND o.user_id = $1 AND o.label_id = ANY($2))
		 ORDER BY t.broken_since DESC, t.id`, user, pq.Array(under))
	return found, postgres.Fault(err, "thing.targets")
}

// BrokenIn returns the broken targets of a mailing, by their addresses.
func (s *Store) BrokenIn(ctx context.Context, mailing int64) ([]Target, error) {
	found := []Target{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+columns+` FROM live_targets t
		 WHERE t.state = 'broken' AND EXISTS (SELECT FROM live_target_uses u WHERE u.target_id = t.id AND u.mailing_id = $1)
		 ORDER BY t.url, t.id`, mailing)
	return found, postgres.Fault(err, "thing.targets")
}

// WorkSince reports whether links of a mailing were found to work after a moment, all
// of some addresses, and none of the mailing's is broken.
func (s *Store) WorkSince(ctx context.Context, mailing int64, urls []string, since time.Time) (work bool, err error) {
	err = s.db.GetContext(ctx, &work, `
		WITH mine AS (
		  SELECT t.url, t.state, t.checked_at FROM live_targets t
		   WHERE EXISTS (SELECT FROM live_target_uses u WHERE u.target_id = t.id AND u.mailing_id = $1))
		SELECT NOT EXISTS (SELECT FROM mine WHERE state = 'broken')
		   AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS l(url) WHERE NOT EXISTS (
		         SELECT FROM mine m WHERE m.url = l.url AND m.state = 'works' AND m.checked_at > $3))`, mailing, pq.Array(urls), since)
	return work, postgres.Fault(err, "thing.targets")
}

// Sites returns what people say are the sites of the advertisers of a target.
func (s *Store) Sites(ctx context.Context, id ID) ([]Site, error) {
	found := []Site{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT s.advertiser_id, s.site, coalesce(actor_name(s.said_by), s.said_by) AS said_by, s.said_at
		  FROM live_target_uses u JOIN campaigns c ON c.id = u.campaign_id JOIN advertiser_sites s ON s.advertiser_id = c.advertiser_id
		 WHERE u.target_id = $1 ORDER BY s.site, s.advertiser_id`, id)
	return found, postgres.Fault(err, "thing.target", "id", id)
}

// SitesOf returns the sites that people say are an advertiser's, by advertiser.
func (s *Store) SitesOf(ctx context.Context, advertisers []int64) (map[int64][]string, error) {
	var rows []Site
	err := s.db.SelectContext(ctx, &rows, `
		SELECT advertiser_id, site, said_by, said_at FROM advertiser_sites WHERE advertiser_id = ANY($1) ORDER BY site`, pq.Array(advertisers))
	found := map[int64][]string{}
	for _, r := range rows {
		found[int64(r.Advertiser)] = append(found[int64(r.Advertiser)], r.Site)
	}
	return found, postgres.Fault(err, "thing.targets")
}

// AddSite notes that a site is one of the advertisers' of a target.
func (s *Store) AddSite(ctx context.Context, id ID, site string) error {
	site = inASCII(site)
	if err := (Site{Site: site}).Validate(); err != nil {
		return err
	}
	return s.write(ctx, id, `
		INSERT INTO advertiser_sites (advertiser_id, site, said_at)
		SELECT DISTINCT c.advertiser_id, $2, $3::timestamptz FROM live_target_uses u JOIN campaigns c ON c.id = u.campaign_id WHERE u.target_id = $1
		ON CONFLICT (advertiser_id, site) DO NOTHING`, id, site, s.clock.Now())
}

// RemoveSite takes that back.
func (s *Store) RemoveSite(ctx context.Context, id ID, site string) error {
	return s.write(ctx, id, `
		DELETE FROM advertiser_sites s USING live_target_uses u JOIN campaigns c ON c.id = u.campaign_id
		 WHERE u.target_id = $1 AND s.advertiser_id = c.advertiser_id AND s.site = $2`, id, inASCII(site))
}

// inASCII returns a site as those of addresses are: in letters of ASCII.
func inASCII(site string) string {
	if strings.ContainsAny(site, `:/?#@\`) || !strings.ContainsFunc(site, func(r rune) bool { return r > '~' }) {
		return site
	}
	return links.HostOf("https://" + site + "/")
}

func (s *Store) write(ctx context.Context, id ID, query string, args ...any) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return postgres.Fault(err, "thing.target", "id", id)
	})
}
