package earning

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/web/desk"
)

// transactionView is one transaction: what the network said of it, to what it is
// booked, and where else it may belong.
type transactionView struct {
	line
	Connection string
	History    []conversions.Said
	Likely     []conversions.Likely
	Campaigns  []campaigns.Campaign // of its advertiser, or all where nobody knows whose it is
	Reasons    []conversions.Assigned
	Assigns    bool
	Form       desk.Form
	Zone       *time.Location
}

func (s *transactions) one(x *desk.Exchange) error {
	return s.show(x, http.StatusOK, desk.NewForm(x.Say))
}

func (s *transactions) show(x *desk.Exchange, status int, f desk.Form) error {
	c := desk.Found[conversions.Conversion](x)
	view := transactionView{Assigns: x.Can(accounts.Planner) || x.Can(accounts.Finance), Form: f, Zone: x.Zone()}
	named, err := s.named(x, c)
	if err != nil {
		return err
	}
	view.line = named[0]
	of, err := s.Connections.Get(x.Context(), c.Connection)
	if err != nil {
		return err
	}
	view.Connection = of.Name
	if view.History, err = s.Conversions.History(x.Context(), c.ID); err != nil {
		return err
	}
	for i, said := range view.History {
		if !desk.Serves(x, c.Label) {
			view.History[i] = said.WithoutAddresses()
		}
	}
	if view.Reasons, err = s.Conversions.Assignments(x.Context(), c.ID); err != nil {
		return err
	}
	if view.Assigns {
		if view.Likely, err = s.Conversions.Likely(x.Context(), c.ID); err != nil {
			return err
		}
		found, err := s.Campaigns.List(x.Context(), campaigns.Filter{Labels: []labels.ID{c.Label}, Advertiser: c.Advertiser},
			paging.Ask{Limit: desk.LongPage, Sort: "newest"})
		if err != nil {
			return err
		}
		view.Campaigns = found.Items
	}
	return x.Answer(status, "earning/transaction", view)
}

// assign books the transaction where the person chose, for the reason that they
// give: to a placement in a mailing, or to a campaign alone.
func (s *transactions) assign(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[conversions.Conversion](x)
	if err != nil {
		return err
	}
	a := conversions.Assignment{Reason: f.Field("reason")}
	if !readPlace(f, &a) {
		err = fault.At("to", "conversions.campaign")
	} else {
		_, err = s.Conversions.Assign(x.Context(), c.ID, a)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.T("transactions.assigned", "ref", c.Ref))
	return x.GoTo("/transactions/" + desk.Itoa(c.ID))
}

// readPlace reads what was chosen: "campaign 7", or "placement 7 12 top".
func readPlace(f desk.Form, a *conversions.Assignment) bool {
	kind, rest, _ := strings.Cut(f.Get("to"), " ")
	switch kind {
	case "campaign":
		a.Campaign = campaigns.ID(f.Number("campaign"))
	case "placement":
		parts := strings.SplitN(rest, " ", 3)
		if len(parts) != 3 {
			return false
		}
		campaign, err := strconv.ParseInt(parts[0], 10, 64)
		send, err2 := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || err2 != nil {
			return false
		}
		a.Campaign, a.Send, a.Placement = campaigns.ID(campaign), mailings.SendID(send), parts[2]
	}
	return a.Campaign > 0
}
