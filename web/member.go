package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/members"
	"keur/reports"
)

// memberView is all that is known of a member under one label.
type memberView struct {
	Member       members.Member
	Under        members.Membership
	Zone         *time.Location
	Suppressions []members.Suppression
	Preferences  members.Preferences
	Topics       []topicLine
	PerWeeks     []int
	PerWeek      int // 0: no wish
	Attributes   []attributeLine
	Erasure      *erasureLine // that waits
	Others       []memberLabel
	Whole        bool // the user plans for every label of the member

	Tab   string // mails, clicks, consents
	List  listing
	Mails []reports.Mail

	Clicks    []reports.Event
	Visited   []choice
	Purchases []reports.Purchase

	Consents []consentLine

	Which string // of the page's forms
	Form  form
}

// topicLine is a topic, and whether the member wants it.
type topicLine struct {
	members.Topic
	On bool
}

// attributeLine is something that is known, as a person reads it.
type attributeLine struct{ Name, Value string }

// memberLabel is another label that has the member, too.
type memberLabel struct{ Code, Name string }

// consentLine is what the member said once, with who wrote it down.
type consentLine struct {
	members.Consent
	Recorder string
}

// mailsShown is how many mails stand on a page, each with its events.
const mailsShown = 20

func (v *visit) memberPage() error { return v.showMember(http.StatusOK, "", newForm(v.Say)) }

func (v *visit) showMember(status int, which string, f form) error {
	id, err := v.id("member")
	if err != nil {
		return err
	}
	view := memberView{Zone: v.zone(), Which: which, Form: f, List: v.newListing(), Tab: v.Query("tab")}
	view.List.Path = "/members/" + itoa(id) // also after a form that was wrong
	if view.Member, err = v.Members.Get(v.ctx(), members.ID(id)); err != nil {
		return err
	}
	view.Under, _ = view.Member.Under(v.Label.ID)
	view.Whole = v.plansWholly(view.Member)
	for _, fill := range []func(*memberView) error{v.fillState, v.fillWishes, v.fillTab} {
		if err := fill(&view); err != nil {
			return err
		}
	}
	v.rememberMember(view.Member.ID)
	return v.answer(status, "member", view)
}

// plansWholly reports whether the user plans for every label that the member is
// under, which it takes to see or end everything of them.
func (v *visit) plansWholly(m members.Member) bool {
	return !slices.ContainsFunc(m.Memberships, func(u members.Membership) bool { return !v.User.Can(u.Label, accounts.Planner) })
}

// fillState finds whether the member may be mailed, and what waits.
func (v *visit) fillState(view *memberView) error {
	all, err := v.Members.Suppressions(v.ctx(), view.Member.ID)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Label == v.Label.ID || s.Label == members.EveryLabel {
			view.Suppressions = append(view.Suppressions, s)
		}
	}
	for _, l := range v.Sees {
		if _, is := view.Member.Under(l.ID); is && l.ID != v.Label.ID && v.User.Can(l.ID, accounts.Planner) {
			view.Others = append(view.Others, memberLabel{l.Code, l.Name})
		}
	}
	e, err := v.Members.ErasureOf(v.ctx(), view.Member.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	line, err := v.erasureLine(e)
	view.Erasure = &line
	return err
}

// fillWishes finds what the member wishes and what is known of them.
func (v *visit) fillWishes(view *memberView) error {
	topics, err := v.Members.Topics(v.ctx(), v.Label.ID)
	if err != nil {
		return err
	}
	if view.Preferences, err = v.Members.Preferences(v.ctx(), v.Label.ID, view.Member.ID); err != nil {
		return err
	}
	for _, t := range topics {
		view.Topics = append(view.Topics, topicLine{t, !slices.Contains(view.Preferences.OffTopics, t.Key)})
	}
	view.PerWeeks = []int{1, 2, 3, 4, 5, 6, 7}
	if n := view.Preferences.PerWeek; n != nil {
		view.PerWeek = *n
	}
	for name, value := range view.Under.Attributes {
		view.Attributes = append(view.Attributes, attributeLine{name, v.sayValue(value)})
	}
	slices.SortFunc(view.Attributes, func(a, b attributeLine) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// sayValue writes an attribute's value.
func (v *visit) sayValue(value any) string {
	switch x := value.(type) {
	case bool:
		if x {
			return v.Say.T("member.yes")
		}
		return v.Say.T("member.no")
	case float64:
		if x == float64(int64(x)) {
			return v.Say.Number(int64(x))
		}
		return v.Say.Decimal(x, 2)
	case []string:
		return v.Say.List(x)
	case string:
		if day, err := time.Parse(time.DateOnly, x); err == nil {
			return v.Say.Date(day)
		}
		return x
	}
	return ""
}

// fillTab finds what the chosen tab shows.
func (v *visit) fillTab(view *memberView) error {
	switch view.Tab {
	case "clicks":
		return v.fillClicks(view)
	case "consents":
		return v.fillConsents(view)
	}
	view.Tab = "mails"
	ask := view.List.ask()
	ask.Limit = mailsShown
	page, err := v.Reports.Mails(v.ctx(), v.Label.ID, view.Member.ID, ask)
	view.Mails, view.List.Next = page.Items, page.Next
	return err
}

// fillClicks answers "I ordered and got no cashback": when the member clicked to
// the advertiser, with which click reference, and what the network told since.
func (v *visit) fillClicks(view *memberView) error {
	to, _ := strconv.ParseInt(v.Query("to"), 10, 64) // none: every advertiser
	page, err := v.Reports.Clicks(v.ctx(), v.Label.ID, view.Member.ID, campaigns.AdvertiserID(to), view.List.ask())
	if err != nil {
		return err
	}
	view.Clicks, view.List.Next = page.Items, page.Next
	visited, err := v.Reports.Visited(v.ctx(), v.Label.ID, view.Member.ID)
	if err != nil {
		return err
	}
	view.Visited = []choice{{"", v.Say.T("list.all")}}
	for _, a := range visited {
		view.Visited = append(view.Visited, choice{itoa(a.Advertiser), a.Name})
	}
	view.Purchases, err = v.Reports.Purchases(v.ctx(), v.Label.ID, view.Member.ID, campaigns.AdvertiserID(to))
	return err
}

func (v *visit) fillConsents(view *memberView) error {
	page, err := v.Members.ConsentsUnder(v.ctx(), v.Label.ID, view.Member.ID, paging.Ask{Sort: "newest", Cursor: v.Query("cursor")})
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, c := range page.Items {
		by, err := v.actorName(c.RecordedBy)
		if err != nil {
			return err
		}
		view.Consents = append(view.Consents, consentLine{c, by})
	}
	return nil
}

// actorName says who acted: a user by name, the rest by what they are.
func (v *visit) actorName(actor string) (string, error) {
	number, is := strings.CutPrefix(actor, "user:")
	if !is {
		return actor, nil
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return actor, nil //nolint:nilerr // no user of ours: shown as it stands
	}
	u, err := v.Accounts.Get(v.ctx(), accounts.UserID(id))
	if fault.Is(err, fault.NotFound) {
		return actor, nil
	}
	return u.Name, err
}
