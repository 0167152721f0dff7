package mailings

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/links"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/templates"
	"keur/templates/lint"
)

// Target is where a link ended when its revision was put up for approval.
type Target struct {
	URL    string        `db:"url" json:"url"`
	Final  string        `db:"final_url" json:"final_url,omitempty" doc:"After its redirects; absent when nobody answered"`
	Found  words.Message `db:"found" json:"found,omitzero" doc:"What was wrong with it"`
	SeenAt time.Time     `db:"seen_at" json:"seen_at"`
}

// LinkFinding is what was found about a link, as it is told wherever a mailing
// is checked. Nothing was if it has no severity.
type LinkFinding struct {
	URL      string
	Severity links.Severity
	Message  words.Message
}

// Finding weighs what was found about a link.
func Finding(url string, found words.Message) LinkFinding {
	f := LinkFinding{URL: url, Severity: links.SeverityOf(found)}
	switch f.Severity {
	case links.Blocks:
		f.Message = words.Of("mailings.link_blocks", "url", url, "found", found)
	case links.Asks:
		f.Message = words.Of("mailings.link_asks", "url", url, "found", found)
	case links.Tells:
		f.Message = words.Of("mailings.link_tells", "url", url, "found", found)
	}
	return f
}

// Asked returns the links of the content as they are checked: those of a typical
// member, in their order. Of a mail that can't be made there are none.
func (c *Content) Asked(ctx context.Context, compiler *templates.Compiler) ([]links.Asked, error) {
	program, findings, _, err := c.Compile(ctx, compiler)
	if err != nil || lint.Blocked(findings) {
		return nil, err // lint says what is wrong with the mail itself
	}
	member := program.Typical()
	asked := make([]links.Asked, len(program.Links))
	for i := range program.Links {
		link := &program.Links[i]
		placement, _ := c.Placement(link.Placement)
		asked[i] = links.Asked{
			URL: link.Target(member), SubIDParameter: placement.SubIDParameter, MadeUp: link.Personal(),
			Network: placement.Network, Advertiser: placement.AdvertiserID,
		}
	}
	return asked, nil
}

// Moved reports whether the link now ends at another host than it did, and at
// which it did. Of one that didn't answer then, nobody saw more than its own.
func (t Target) Moved(final string) (from string, moved bool) {
	from = links.HostOf(t.URL)
	if t.Final != "" {
		from = links.HostOf(t.Final)
	}
	return from, from != links.HostOf(final)
}

// KeepTargets notes where the links of a revision end, which is about to be put
// up for approval.
func (s *Store) KeepTargets(ctx context.Context, tx *sqlx.Tx, id RevisionID, targets []Target) error {
	urls, finals, seen, found := []string{}, []string{}, []string{}, []*string{}
	for _, t := range targets {
		urls, finals, seen = append(urls, t.URL), append(finals, t.Final), append(seen, postgres.Stamp(t.SeenAt))
		wrong, err := t.Found.Value()
		if err != nil {
			return err
		}
		if said, is := wrong.(string); is {
			found = append(found, &said)
		} else {
			found = append(found, nil)
		}
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO link_targets (revision_id, url, final_url, seen_at, found)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])`,
		id, pq.Array(urls), pq.Array(finals), pq.Array(seen), pq.Array(found))
	return postgres.Fault(err, "thing.revision", "id", id)
}

// Targets returns where each link of a revision ended when it was last put up
// for approval, by its address.
func (s *Store) Targets(ctx context.Context, id RevisionID) (map[string]Target, error) {
	var found []Target
	if err := s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT ON (url) url, final_url, seen_at, found
		  FROM link_targets WHERE revision_id = $1 ORDER BY url, id DESC`, id); err != nil {
		return nil, postgres.Fault(err, "thing.revision", "id", id)
	}
	targets := make(map[string]Target, len(found))
	for _, t := range found {
		targets[t.URL] = t
	}
	return targets, nil
}

// LinkFindings returns what was found about the links of a revision, by their
// addresses: what all who approve are shown.
func LinkFindings(targets map[string]Target) (findings []LinkFinding) {
	for _, url := range slices.Sorted(maps.Keys(targets)) {
		if f := Finding(url, targets[url].Found); f.Severity != links.Sound {
			findings = append(findings, f)
		}
	}
	return findings
}
