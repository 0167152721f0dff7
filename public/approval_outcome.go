package public

import (
	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/internal/words"
	"keur/reports"
)

// outcomeOf is what came of what the client approved, once it is out: of all its
// mail, and of the clicks those on the client's own placements.
func (d clientPages) outcomeOf(c *gin.Context, inv *approval.Invitation, say words.Speaker) ([]fact, error) {
	if inv.Review.Verdict != approval.Approved && inv.Review.Verdict != approval.Carried || inv.Review.AdvertiserID == nil {
		return nil, nil
	}
	o, err := d.Outcome(c.Request.Context(), inv.Mailing.LabelID, inv.Mailing.ID, *inv.Review.AdvertiserID)
	if err != nil || o.Delivered == 0 {
		return nil, err
	}
	of := func(n int64) string {
		return say.T("client_page.of_delivered", "n", n, "share", share(say, reports.NewRate(n, o.Delivered)))
	}
	return []fact{
		{say.T("client_page.delivered"), say.Number(o.Delivered)}, {say.T("client_page.opened"), of(o.OpensUnique)},
		{say.T("client_page.clicked"), of(o.ClicksUnique)},
	}, nil
}

// share writes a rate as a percentage.
func share(say words.Speaker, r reports.Rate) string {
	if r.Value == nil {
		return "–"
	}
	return say.Percent(*r.Value)
}
