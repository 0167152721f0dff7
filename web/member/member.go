package member

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/members"
	"keur/reports"
	"keur/segments/explain"
	"keur/web/desk"
)

// memberView is all that is known of a member under one label.
type memberView struct {
	Member       members.Member
	Under        members.Membership
	Zone         *time.Location
	Code         string // of the label
	Suppressions []members.Suppression
	Former       []members.FormerAddress
	Preferences  members.Preferences
	Topics       []topicLine
	PerWeeks     []int
	PerWeek      int        // 0: no wish
	Paused       *time.Time // until the beginning of this day; nil: no pause
	Attributes   []attributeLine
	Erasure      *erasureLine // that waits
	Others       []memberLabel
	Whole        bool // the user answers the member under every label
	Looks        bool // the user may look at mailings
	Serves       bool // the user answers members, sees their addresses and changes what is kept

	Tab   string // mails, clicks, consents
	List  desk.Listing
	Mails []reports.Mail

	Clicks    []reports.Event
	Visited   []desk.Choice
	Purchases []reports.Purchase
	Answer    *answer // about the click or the order that somebody asked about

	Consents []consentLine

	Which string // of the page's forms
	Form  desk.Form
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

func (s *Screen) memberPage(x *desk.Exchange) error {
	return s.showMember(x, http.StatusOK, "", desk.NewForm(x.Say))
}

func (s *Screen) showMember(x *desk.Exchange, status int, which string, f desk.Form) error {
	view := memberView{
		Member: desk.Found[members.Member](x), Zone: x.Zone(), Code: x.Label.Code,
		Which: which, Form: f, List: desk.NewListing(x), Tab: x.Query("tab"),
	}
	view.List.Path = "/members/" + desk.Itoa(view.Member.ID) // also after a form that was wrong
	view.Under, _ = view.Member.Under(x.Label.ID)
	view.Whole, view.Looks = s.plansWholly(x, view.Member), x.Can(accounts.Viewer)
	view.Serves = desk.Serves(x, x.Label.ID)
	for _, fill := range []func(*desk.Exchange, *memberView) error{s.fillState, s.fillPreferences, s.fillTab} {
		if err := fill(x, &view); err != nil {
			return err
		}
	}
	if !view.Serves {
		view.conceal()
	}
	s.rememberMember(x, view.Member.ID)
	return x.Answer(status, "member/member", view)
}

// plansWholly reports whether the user plans for every label that the member is
// under, which it takes to see or end everything of them.
func (s *Screen) plansWholly(x *desk.Exchange, m members.Member) bool {
	return !slices.ContainsFunc(m.Memberships, func(u members.Membership) bool { return !desk.Serves(x, u.Label) })
}

// fillState finds whether the member may be mailed, and what waits.
func (s *Screen) fillState(x *desk.Exchange, view *memberView) error {
	all, err := s.Members.Suppressions(x.Context(), view.Member.ID)
	if err != nil {
		return err
	}
	for _, suppression := range all {
		if suppression.Label == x.Label.ID || suppression.Label == members.EveryLabel {
			view.Suppressions = append(view.Suppressions, suppression)
		}
	}
	for _, l := range x.Sees {
		if _, is := view.Member.Under(l.ID); is && l.ID != x.Label.ID && desk.Serves(x, l.ID) {
			view.Others = append(view.Others, memberLabel{l.Code, l.Name})
		}
	}
	if view.Former, err = members.NewMoves(s.Members).Former(x.Context(), view.Member.ID); err != nil {
		return err
	}
	e, err := s.Erasures.Of(x.Context(), view.Member.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	line, err := s.erasureLine(x, e)
	view.Erasure = &line
	return err
}

// fillPreferences finds what the member wishes and what is known of them.
func (s *Screen) fillPreferences(x *desk.Exchange, view *memberView) error {
	topics, err := s.Members.Topics(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	if view.Preferences, err = s.Members.Preferences(x.Context(), x.Label.ID, view.Member.ID); err != nil {
		return err
	}
	for _, t := range topics {
		view.Topics = append(view.Topics, topicLine{t, !slices.Contains(view.Preferences.OffTopics, t.Key)})
	}
	view.PerWeeks = []int{1, 2, 3, 4, 5, 6, 7}
	if n := view.Preferences.PerWeek; n != nil {
		view.PerWeek = *n
	}
	if p := view.Preferences; p.Paused(civil.DateOf(x.Now().In(view.Zone))) {
		day := p.PausedUntil.At(0, view.Zone)
		view.Paused = &day
	}
	own, err := members.NewAttributes(s.Members).ValueWords(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	for name, value := range view.Under.Attributes {
		line := attributeLine{words.Capital(explain.FieldName(name, x.Say.Locale)), sayValue(x, own, name, value)}
		view.Attributes = append(view.Attributes, line)
	}
	slices.SortFunc(view.Attributes, func(a, b attributeLine) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// sayValue writes an attribute's value, by its word where people have one for it.
func sayValue(x *desk.Exchange, own members.ValueWords, name string, value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return x.Say.T("member.yes")
		}
		return x.Say.T("member.no")
	case float64:
		if v == float64(int64(v)) {
			return x.Say.Number(int64(v))
		}
		return x.Say.Decimal(v, 2)
	case []string:
		said := make([]string, len(v))
		for i, one := range v {
			said[i] = cmp.Or(explain.ValueName(own, name, one, x.Say.Locale), one)
		}
		return x.Say.List(said)
	case string:
		if day, err := time.Parse(time.DateOnly, v); err == nil {
			return x.Say.Date(day)
		}
		return cmp.Or(words.Capital(explain.ValueName(own, name, v, x.Say.Locale)), v)
	}
	return ""
}

// fillTab finds what the chosen tab shows.
func (s *Screen) fillTab(x *desk.Exchange, view *memberView) error {
	switch view.Tab {
	case "clicks":
		return s.fillClicks(x, view)
	case "consents":
		return s.fillConsents(x, view)
	}
	view.Tab = "mails"
	ask := view.List.Ask()
	ask.Limit = mailsShown
	page, err := s.Reports.Members.Mails(x.Context(), x.Label.ID, view.Member.ID, ask)
	view.Mails, view.List.Next = page.Items, page.Next
	return err
}

// fillClicks answers "I ordered and got no cashback": when the member clicked to
// the advertiser, with which click reference, and what the network told since.
func (s *Screen) fillClicks(x *desk.Exchange, view *memberView) error {
	to, _ := strconv.ParseInt(x.Query("to"), 10, 64) // none: every advertiser
	page, err := s.Reports.Members.Clicks(x.Context(), x.Label.ID, view.Member.ID, campaigns.AdvertiserID(to), view.List.Ask())
	if err != nil {
		return err
	}
	view.Clicks, view.List.Next = page.Items, page.Next
	if view.Answer, err = (&finder{s}).asked(x, view.Member.ID); err != nil {
		return err
	}
	visited, err := s.Reports.Members.Visited(x.Context(), x.Label.ID, view.Member.ID)
	if err != nil {
		return err
	}
	view.Visited = []desk.Choice{{Value: "", Word: x.Say.T("list.all")}}
	for _, a := range visited {
		view.Visited = append(view.Visited, desk.Choice{Value: desk.Itoa(a.Advertiser), Word: a.Name})
	}
	view.Purchases, err = s.Reports.Members.Purchases(x.Context(), x.Label.ID, view.Member.ID, campaigns.AdvertiserID(to))
	return err
}

func (s *Screen) fillConsents(x *desk.Exchange, view *memberView) error {
	page, err := s.Consents.Under(x.Context(), x.Label.ID, view.Member.ID, paging.Ask{Sort: "newest", Cursor: x.Query("cursor")})
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, c := range page.Items {
		by, err := desk.ActorName(x, c.RecordedBy)
		if err != nil {
			return err
		}
		view.Consents = append(view.Consents, consentLine{c, by})
	}
	return nil
}
