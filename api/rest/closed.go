package rest

import (
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/approval"
	"keur/approval/carried"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/delivery"
	"keur/internal/states"
	"keur/internal/typed"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/standing"
	"keur/networks"
	"keur/reports"
	"keur/requests"
	"keur/segments"
	"keur/templates"
	"keur/templates/lang"
	"keur/templates/lint"
	"keur/tracking"
	"keur/webhooks"
)

// closed stands for a type that holds one of a few words.
type closed[T ~string] struct{}

// Schema lists the words.
func (closed[T]) Schema(huma.Registry) *huma.Schema {
	for _, set := range closedSets {
		if set.of == reflect.TypeFor[T]() {
			return &huma.Schema{Type: huma.TypeString, Enum: set.words}
		}
	}
	panic("only what closedSets lists is described by its words")
}

// closedSet is a type that holds one of a few words, what stands for it in
// descriptions, and the words.
type closedSet struct {
	of, described reflect.Type
	words         []any
}

func oneOf[T ~string](values ...T) closedSet {
	set := closedSet{of: reflect.TypeFor[T](), described: reflect.TypeFor[closed[T]]()}
	for _, v := range values {
		set.words = append(set.words, string(v))
	}
	return set
}

func statesOf[T ~string](m states.Machine[T]) closedSet { return oneOf(m.States()...) }

// ops are the ops of all types, each once.
func ops() []segments.Op {
	var all []segments.Op
	for _, t := range []segments.Type{segments.Text, segments.Number, segments.Date, segments.Moment, segments.Bool, segments.Set} {
		all = append(all, segments.Ops(t)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var closedSets = []closedSet{
	oneOf(accounts.Planner, accounts.Approver, accounts.Finance, accounts.Service, accounts.Viewer),
	oneOf(approval.Maker, approval.Client, approval.Colleague, approval.Lead),
	oneOf(approval.Pending, approval.Approved, approval.ChangesRequested, approval.Waived, approval.Carried),
	oneOf(carried.Reasons()...),
	oneOf(policies.Waivers()...),
	statesOf(approval.RoundTransitions()),
	oneOf(campaigns.Kinds()...),
	statesOf(changes.Transitions()),
	oneOf(conversions.Bases()...),
	oneOf(conversions.ByPoll, conversions.ByPostback, conversions.ByFile),
	oneOf(networks.Statuses()...),
	oneOf(claims.Kinds()...),
	statesOf(claims.Transitions()),
	oneOf(claims.Situations()...),
	oneOf(payments.Standings()...),
	oneOf(reports.Headings()...),
	statesOf(delivery.Transitions()),
	oneOf(delivery.Resend, delivery.Leave),
	oneOf(labels.PerLabel, labels.PerAdvertiser, labels.PerCategory, labels.AcrossLabels),
	oneOf(mailings.Solo, mailings.Newsletter, mailings.House),
	oneOf(series.Joined, series.Confirmed),
	oneOf(schedules.Once, schedules.Recurring, schedules.Series),
	statesOf(mailings.Transitions()),
	statesOf(mailings.SendTransitions()),
	oneOf(members.MailConsent, members.TrackingConsent),
	oneOf(members.Text, members.Number, members.Date, members.Bool, members.Set),
	oneOf(standing.All()...),
	oneOf(typed.DayFirst, typed.MonthFirst),
	oneOf(members.HardBounce, members.SoftBounces, members.Complaint, members.Unsubscribe, members.Manual),
	statesOf(members.ErasureTransitions()),
	statesOf(imports.Transitions()),
	statesOf(tracking.TrayTransitions()),
	oneOf(reports.BySend, reports.ByMailing, reports.ByStep, reports.ByPlacement, reports.ByCampaign, reports.ByAdvertiser,
		reports.ByLabel, reports.ByDay, reports.ByWeek, reports.ByMonth),
	oneOf(reports.Happenings()...),
	oneOf(requests.Kinds()...),
	oneOf(requests.States()...),
	oneOf(segments.Reasons()...),
	oneOf(ops()...),
	oneOf(segments.Opened, segments.Clicked, segments.Received),
	oneOf(templates.HTML, templates.MJML),
	oneOf(templates.Mail, templates.Partial),
	oneOf(lang.Text, lang.Number, lang.Date, lang.Bool, lang.Set),
	oneOf(lint.Warn, lint.Block),
	oneOf(webhooks.Kinds()...),
	oneOf(append(webhooks.Types(), webhooks.Tested)...),
	statesOf(webhooks.Transitions()),
}
