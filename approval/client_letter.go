package approval

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/letters"
	"keur/campaigns"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// asking is why and how a client is asked for a verdict.
type asking struct {
	why  string // invite, or remind
	key  string // of the notice; "": the link's own
	note string // somebody's own words to the contact
	by   string // who asks by hand; no user: who submitted the mailing
}

// mailLink makes a link and mails it to its contact. Nobody else ever sees it:
// a maker who did could approve as the client.
func (a *announcer) mailLink(
	ctx context.Context, tx *sqlx.Tx, label *labels.Label, m *mailings.Mailing, review *Review, c *campaigns.Contact, ask asking,
) (Link, error) {
	token, link, err := a.issueLink(ctx, tx, review, c.ID, a.clock.Now())
	if err != nil {
		return link, err
	}
	var asked struct {
		By       string              `db:"asker"`
		Slot     time.Time           `db:"slot"`
		Revision mailings.RevisionID `db:"revision_id"`
	}
	if err := tx.GetContext(ctx, &asked, `
		SELECT coalesce(actor_name(CASE WHEN $2 LIKE 'user:%' THEN $2 ELSE 'user:' || r.submitted_by END), '') AS asker, r.revision_id,
		       coalesce((SELECT min(slot_at) FROM approval_slots WHERE round_id = r.id), r.submitted_at) AS slot
		  FROM approval_rounds r WHERE r.id = $1`, review.RoundID, ask.by); err != nil {
		return link, postgres.Fault(err, "thing.review", "id", review.ID)
	}
	letter := letters.Client{
		Facts: letters.Facts{
			Name: c.Name, Mailing: m.Name, Label: label.Name, Until: review.DueAt.In(label.Location()),
			URL: label.PublicURL + "/a/" + token, Asker: asked.By,
			Moment: words.In(c.Locale).Moment(asked.Slot, a.clock.Now(), label.Location()),
		},
		Say: words.In(c.Locale), Why: ask.why, Note: ask.note, Look: *label,
	}
	content, err := mailings.ContentOf(ctx, tx, asked.Revision)
	if err != nil {
		return link, err
	}
	says, err := letter.Of(ctx, a.compiler, &content, int64(*review.AdvertiserID))
	if err != nil {
		return link, err
	}
	return link, a.queue(ctx, tx, cmp.Or(ask.key, fmt.Sprintf("link:%d", link.ID)), label, c.Email, says)
}
