package campaigns

import (
	"regexp"
	"time"

	"keur/accounts"
	"keur/authors"
	"keur/internal/fault"
)

// AdvertiserID names an advertiser.
type AdvertiserID int64

// Advertiser is who pays for a promotion.
type Advertiser struct {
	ID         AdvertiserID `db:"id" json:"id" readOnly:"true"`
	Name       string       `db:"name" json:"name"`
	Category   string       `db:"category" json:"category" example:"travel" doc:"What frequency caps and segments go by"`
	StoppedAt  *time.Time   `db:"stopped_at" json:"stopped_at,omitempty" readOnly:"true" doc:"The stop switch: nothing that places this advertiser is sent"`
	StopReason string       `db:"stop_reason" json:"stop_reason,omitempty" readOnly:"true"`
	Programmes []Programme  `db:"-" json:"programmes" readOnly:"true" nullable:"false"`
	Contacts   []Contact    `db:"-" json:"contacts" readOnly:"true" nullable:"false"`
	Version    int          `db:"version" json:"version" readOnly:"true"`
	CreatedAt  time.Time    `db:"created_at" json:"created_at" readOnly:"true"`
}

var categoryShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Validate returns everything that is wrong with the advertiser.
func (a Advertiser) Validate() error {
	var wrong fault.List
	name(&wrong, "name", a.Name)
	if !categoryShape.MatchString(a.Category) {
		wrong.Add("category", "campaigns.category_form")
	}
	note(&wrong, "stop_reason", a.StopReason)
	return wrong.Err()
}

// Stop turns the stop switch on. A reason is required: colleagues will ask.
func (a *Advertiser) Stop(reason string, now time.Time) error {
	var wrong fault.List
	line(&wrong, "reason", reason)
	if err := wrong.Err(); err != nil {
		return err
	}
	if a.StoppedAt == nil || a.StopReason != reason {
		a.StoppedAt = &now // whoever lifts it saw this reason
	}
	a.StopReason = reason
	return nil
}

// Resume turns the stop switch off that was seen, known by its moment. by made
// none of the mailings that it holds.
func (a *Advertiser) Resume(by accounts.UserID, holds authors.People, seen time.Time) error {
	if err := holds.May(authors.LiftStop, by); err != nil {
		return err
	}
	if a.StoppedAt != nil && !seen.Equal(*a.StoppedAt) {
		return fault.New(fault.Conflict, "campaigns.stopped_anew")
	}
	a.StoppedAt, a.StopReason = nil, ""
	return nil
}

// ProgrammeID names a programme.
type ProgrammeID int64

// Programme is how an advertiser is reached: directly, or by a network that
// tracks its transactions.
type Programme struct {
	ID             ProgrammeID  `db:"id" json:"id" readOnly:"true"`
	AdvertiserID   AdvertiserID `db:"advertiser_id" json:"advertiser_id" readOnly:"true"`
	Network        string       `db:"network" json:"network" enum:"direct,awin,tradetracker,daisycon,cj,impact,tradedoubler,partnerize,other"`
	Ref            string       `db:"ref" json:"ref" doc:"The network's id of the programme"`
	SubIDParameter string       `db:"subid_parameter" json:"subid_parameter,omitempty" doc:"Parameter of links that carries our sub-id; empty: the network's own"`
	Live           bool         `db:"live" json:"live" required:"true"`
	EmailAllowed   bool         `db:"email_allowed" json:"email_allowed" required:"true" doc:"Whether its terms allow promotion by e-mail"`
}

var parameterShape = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,40}$`)

// Validate returns everything that is wrong with the programme.
func (p Programme) Validate() error {
	var wrong fault.List
	name(&wrong, "ref", p.Ref)
	if _, known := networkParameter(p.Network); !known {
		wrong.Add("network", "campaigns.network")
	}
	if !parameterShape.MatchString(p.SubIDParameter) {
		wrong.Add("subid_parameter", "campaigns.subid_parameter")
	}
	return wrong.Err()
}

// Parameter returns the name of the link parameter that carries our sub-id, or
// "" if the programme takes none.
func (p Programme) Parameter() string {
	if p.SubIDParameter != "" {
		return p.SubIDParameter
	}
	name, _ := networkParameter(p.Network)
	return name
}

// Networks returns the ways by which an advertiser may be reached.
func Networks() []string {
	return []string{"direct", "awin", "tradetracker", "daisycon", "cj", "impact", "tradedoubler", "partnerize", "other"}
}

// networkParameter returns a network's own sub-id parameter, and whether the
// network is known.
func networkParameter(network string) (name string, known bool) {
	switch network {
	case "direct", "other":
		return "", true
	case "awin":
		return "clickref", true
	case "tradetracker":
		return "r", true
	case "daisycon":
		return "ws", true
	case "cj":
		return "sid", true
	case "impact":
		return "subId1", true
	case "tradedoubler":
		return "epi", true
	case "partnerize":
		return "pubref", true
	}
	return "", false
}
