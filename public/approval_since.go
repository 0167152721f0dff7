package public

import (
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// target is where a link of the mail leads.
type target struct {
	URL, Advertiser string
	Opens           bool // a browser goes there
}

// targetsOf lists where the links of the mail lead a typical member: first those
// of this client, then those of others and of the label.
func (d clientPages) targetsOf(c *gin.Context, inv *approval.Invitation) ([]target, error) {
	content := inv.Content
	program, _, _, err := content.Compile(c.Request.Context(), d.Compiler)
	if err != nil {
		return nil, err
	}
	member := program.Typical()
	var own, others []target
	for i := range program.Links {
		link := &program.Links[i]
		placement, _ := content.Placement(link.Placement)
		t := target{URL: link.Target(member), Advertiser: placement.Advertiser}
		t.Opens = strings.HasPrefix(t.URL, "https://") || strings.HasPrefix(t.URL, "http://")
		switch {
		case slices.Contains(own, t) || slices.Contains(others, t):
		case inv.Review.AdvertiserID != nil && placement.AdvertiserID == int64(*inv.Review.AdvertiserID):
			own = append(own, t)
		default:
			others = append(others, t)
		}
	}
	return append(own, others...), nil
}

// changes are what is otherwise than when this client decided before.
type changes struct {
	When   string // and how
	Reason string // that they gave for the changes that they asked for
	Lines  []change
}

// change is one of them. Before and After are empty where it can't be said in a
// line, or isn't this client's to read.
type change struct{ What, Of, Before, After string }

// ofAll are the parts of a mailing that every client may read, being in the mail;
// others' terms and whom the segments are of stay between us and them.
var ofAll = []string{
	"subject", "preheader", "sender", "campaign", "heading", "text", "button", "link", "alt", "moment", "imprint", "placement", "gmail",
	"product", "attachment", "attachment_replaced", "attachment_order",
}

// changesOf holds the mailing against what this client decided about before.
func (d clientPages) changesOf(
	c *gin.Context, inv *approval.Invitation, label *labels.Label, say words.Speaker,
) (*changes, error) {
	before, err := d.Approval.Links.Before(c.Request.Context(), inv)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := changes{Reason: before.Reason, When: say.Of("client_before", before.Verdict, "when",
		momentIn(before.DecidedAt, label.Location(), say))}
	own := map[string]bool{}
	for _, p := range slices.Concat(before.Content.Placements, inv.Content.Placements) {
		own[p.Advertiser] = own[p.Advertiser] || inv.Review.AdvertiserID != nil && p.AdvertiserID == int64(*inv.Review.AdvertiserID)
	}
	for _, diff := range mailings.Differences(&before.Content, &inv.Content) {
		if diff.What == "terms" && !own[diff.Of] {
			continue
		}
		line := change{What: say.Of("difference", diff.What)}
		if slices.Contains(ofAll, diff.What) {
			line.Of = diff.Of
			if !strings.Contains(diff.Before+diff.After, "{{") {
				line.Before, line.After = diff.Before, diff.After
			}
		}
		if diff.What == "moment" {
			line.Before, line.After = momentOf(&before.Content, say), momentOf(&inv.Content, say)
		}
		if !slices.Contains(found.Lines, line) {
			found.Lines = append(found.Lines, line)
		}
	}
	return &found, nil
}

// verdict is what was decided, for who reads it again.
type verdict struct {
	Approved     bool
	When, Reason string
}

func verdictOf(inv *approval.Invitation, zone *time.Location, say words.Speaker) *verdict {
	if inv.Decidable() || inv.Review.DecidedAt == nil {
		return nil
	}
	when := *inv.Review.DecidedAt
	if from := inv.Review.Carried; from != nil && inv.Review.Verdict == approval.Carried {
		when = from.DecidedAt
	}
	return &verdict{
		Approved: inv.Review.Verdict != approval.ChangesRequested, Reason: inv.Review.Reason,
		When: say.Of("client_verdict", inv.Review.Verdict, "when", momentIn(when, zone, say)),
	}
}
