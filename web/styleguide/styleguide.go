package styleguide

import (
	"net/url"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/mailings"
	"keur/web/desk"
)

func (s *Screen) styleRoutes() []desk.Route {
	return []desk.Route{desk.Get("/styleguide", desk.Everyone(), s.styleguide)}
}

// styleView has one of every part that pages are made of.
type styleView struct {
	Mailings []mailings.State
	Sends    []mailings.SendState
	Verdicts []approval.Verdict
	Steps    []approval.Step
	Roles    []accounts.Role
	Icons    []string
	Form     desk.Form
	List     desk.Listing
	Kinds    []desk.Choice
	Zone     *time.Location
	Soon     time.Time
}

func (s *Screen) styleguide(x *desk.Exchange) error {
	f := desk.Form{
		Values: url.Values{"subject": {"De mooiste ritten zijn in de herfst"}},
		Faults: map[string]string{"subject": x.Say.T("style.fault")},
	}
	kinds := desk.Choices(x, "mailing_kind", mailings.Solo, mailings.Newsletter, mailings.House)
	list := desk.NewListing(x)
	list.Next = "next"
	return x.Show("styleguide/styleguide", styleView{
		Mailings: []mailings.State{
			mailings.Draft, mailings.InReview, mailings.ChangesRequested, mailings.Approved,
			mailings.Scheduled, mailings.Done, mailings.Cancelled,
		},
		Sends: []mailings.SendState{
			mailings.Planned, mailings.Preflight, mailings.Freezing, mailings.Sending, mailings.Paused,
			mailings.Finished, mailings.Held, mailings.Missed, mailings.SendCancelled,
		},
		Verdicts: []approval.Verdict{approval.Pending, approval.Approved, approval.ChangesRequested, approval.Waived, approval.Carried},
		Steps:    []approval.Step{approval.Maker, approval.Client, approval.Colleague, approval.Lead},
		Roles:    []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Service, accounts.Viewer},
		Icons:    desk.Icons(x), Form: f, List: list, Kinds: kinds,
		Zone: desk.LastZone(x), Soon: x.Now().Add(2 * time.Hour),
	})
}
