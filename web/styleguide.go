package web

import (
	"net/http"
	"net/url"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/mailings"
)

func (d *door) styleRoutes() []route {
	return []route{{http.MethodGet, "/styleguide", everyone(), (*visit).styleguide}}
}

// styleView has one of every part that pages are made of.
type styleView struct {
	Mailings []mailings.State
	Sends    []mailings.SendState
	Verdicts []approval.Verdict
	Steps    []approval.Step
	Roles    []accounts.Role
	Icons    []string
	Form     form
	List     listing
	Kinds    []choice
	Zone     *time.Location
	Soon     time.Time
}

func (v *visit) styleguide() error {
	f := form{Values: url.Values{"subject": {"De mooiste ritten zijn in de herfst"}}, Faults: map[string]string{"subject": v.Say.T("style.fault")}}
	kinds := choices(v, "mailing_kind", mailings.Solo, mailings.Newsletter, mailings.House)
	list := v.newListing()
	list.Next = "next"
	return v.show("styleguide", styleView{
		Mailings: []mailings.State{
			mailings.Draft, mailings.InReview, mailings.ChangesRequested, mailings.Approved,
			mailings.Scheduled, mailings.Done, mailings.Cancelled,
		},
		Sends: []mailings.SendState{
			mailings.Planned, mailings.Preflight, mailings.Freezing, mailings.Sending, mailings.Paused,
			mailings.Finished, mailings.Held, mailings.Missed, mailings.SendCancelled,
		},
		Verdicts: []approval.Verdict{approval.Pending, approval.Approved, approval.ChangesRequested, approval.Waived},
		Steps:    []approval.Step{approval.Maker, approval.Client, approval.Colleague, approval.Lead},
		Roles:    []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer},
		Icons:    v.assets.iconNames(), Form: f, List: list, Kinds: kinds,
		Zone: v.lastLabelZone(), Soon: v.now().Add(2 * time.Hour),
	})
}

// lastLabelZone is the zone of the label looked at last, for samples.
func (v *visit) lastLabelZone() *time.Location {
	if len(v.Sees) == 0 {
		return time.UTC
	}
	return v.lastLabel().Location()
}
