package public

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/tracking"
)

// preferencesPage is what the page of preferences shows.
type preferencesPage struct {
	Address   string // of the page to change the address
	Topics    []topicChoice
	Frequency []frequencyChoice
	Less      bool // fewer mails can be asked for by one click
	Pauses    []pauseChoice
	Paused    string // until when no mail comes; empty: no pause
	Saved     string // what was done just now
	Stopped   bool   // no mail goes to this member now
	Barred    bool   // … and they can't change that themselves
	Measured  bool   // what the member opens and clicks is kept under their name
	Agree     agreement
	Remember  agreement
	Changed   bool // what is agreed to has changed since the page was shown
}

type topicChoice struct {
	members.Topic
	On bool
}

type frequencyChoice struct {
	Value string // mails a week; empty: no limit
	Words string
	On    bool
}

// pauseChoice is a pause that the page offers.
type pauseChoice struct {
	Months int
	Words  string
}

// agreement is what a member reads before they agree, and its version.
type agreement struct{ Text, Version string }

// plain is the version of an agreement that is the page's own, as the label has
// none.
const plain = "page"

// mostPerWeek is the largest limit that the page offers.
const mostPerWeek = 3

// pauseMonths are the pauses that the pages offer.
func pauseMonths() []int { return []int{1, 2, 3} }

func pausesIn(say words.Speaker) []pauseChoice {
	var all []pauseChoice
	for _, n := range pauseMonths() {
		all = append(all, pauseChoice{n, say.T("member_page.pause_months", "n", n)})
	}
	return all
}

// preferencePages are where members choose what they get.
type preferencePages struct {
	*server
	pauses *members.Pauses
}

// preferences shows what the member prefers of the label.
func (d preferencePages) preferences(c *gin.Context) {
	if ref, label, ok := d.delivery(c, tracking.Preferences); ok {
		d.showPreferences(c, members.ID(ref.Member), label, "", false)
	}
}

func (d preferencePages) showPreferences(c *gin.Context, id members.ID, label labels.Label, saved string, changed bool) {
	content, err := d.pageOf(c.Request.Context(), id, label)
	if err != nil {
		d.fail(c, err)
		return
	}
	say := words.In(label.Locale)
	content.Address = "/p/" + c.Param("token") + "/address"
	content.Changed = changed
	if saved != "" {
		content.Saved = say.T("member_page."+saved, "label", label.Name)
	}
	d.pages.show(c, http.StatusOK, "preferences", page{
		Say: say, Label: &label, Title: say.T("member_page.preferences"), Text: say.T("member_page.preferences_text", "label", label.Name),
		Content: content,
	})
}

func (d preferencePages) pageOf(ctx context.Context, id members.ID, label labels.Label) (preferencesPage, error) {
	member, err := d.Members.Get(ctx, id)
	if err != nil {
		return preferencesPage{}, err
	}
	topics, err := d.Members.Topics(ctx, label.ID)
	if err != nil {
		return preferencesPage{}, err
	}
	preferences, err := d.Members.Preferences(ctx, label.ID, id)
	if err != nil {
		return preferencesPage{}, err
	}
	stops, err := d.Members.Suppressions(ctx, id)
	if err != nil {
		return preferencesPage{}, err
	}
	say := words.In(label.Locale)
	under, _ := member.Under(label.ID)
	content := newPreferencesPage(say, topics, preferences, under)
	stopped := slices.ContainsFunc(stops, func(s members.Suppression) bool { return s.Label == label.ID || s.Label == members.EveryLabel })
	content.Stopped = content.Stopped || stopped
	content.Barred = members.CanReturn(stops, label.ID) != nil
	if today := civil.DateOf(d.now().In(label.Location())); preferences.Paused(today) {
		content.Paused = say.Date(preferences.PausedUntil.At(0, time.UTC))
	}
	content.Agree, content.Remember, err = d.agreements(ctx, label)
	return content, err
}

// agreements returns what a member of the label agrees to: to be mailed, and to be
// remembered by what they do. A label without a text of its own has the page's.
func (d preferencePages) agreements(ctx context.Context, label labels.Label) (mail, tracking agreement, err error) {
	form, err := d.Signups.Form(ctx, label.ID)
	if err != nil {
		return mail, tracking, err
	}
	say := words.In(label.Locale)
	mail = agreement{say.T("member_page.agree_mail", "label", label.Name), plain}
	tracking = agreement{say.T("member_page.agree_tracking", "label", label.Name), plain}
	if form.Mail != "" {
		mail = agreement{form.Mail, strconv.Itoa(form.Text)}
	}
	if form.Tracking != "" {
		tracking = agreement{form.Tracking, strconv.Itoa(form.Text)}
	}
	return mail, tracking, nil
}

func newPreferencesPage(
	say words.Speaker, topics []members.Topic, preferences members.Preferences, under members.Membership,
) preferencesPage {
	page := preferencesPage{
		Stopped: !under.MailConsent, Measured: under.TrackingConsent, Less: preferences.PerWeek == nil || *preferences.PerWeek > 1,
		Pauses: pausesIn(say),
	}
	for _, topic := range topics {
		page.Topics = append(page.Topics, topicChoice{topic, !slices.Contains(preferences.OffTopics, topic.Key)})
	}
	page.Frequency = []frequencyChoice{
		{"", say.T("member_page.no_limit"), preferences.PerWeek == nil},
		{"1", say.T("member_page.once"), preferences.PerWeek != nil && *preferences.PerWeek == 1},
	}
	for n := 2; n <= 7; n++ {
		chosen := preferences.PerWeek != nil && *preferences.PerWeek == n
		if n <= mostPerWeek || chosen { // one set elsewhere stays
			page.Frequency = append(page.Frequency, frequencyChoice{strconv.Itoa(n), say.T("member_page.times", "n", n), chosen})
		}
	}
	return page
}

// savePreferences takes the form: either preferences, or one of the buttons.
func (d preferencePages) savePreferences(c *gin.Context) {
	form, err := formOf(c)
	if err != nil {
		d.fail(c, err)
		return
	}
	ref, label, ok := d.delivery(c, tracking.Preferences)
	if !ok {
		return
	}
	if stop := form.Get("stop"); stop != "" && stop != "measuring" {
		if err := d.Tracking.Unsubscribe(c.Request.Context(), ref, stop == "everywhere", tracking.ByPreferences); err != nil {
			d.fail(c, err)
			return
		}
		d.unsubscribed(c, label, stop == "everywhere")
		return
	}
	id := members.ID(ref.Member)
	saved, err := d.change(d.Key.Acting(c.Request.Context(), "member"), id, label, form, c.RemoteIP())
	if err != nil && !fault.Is(err, fault.Conflict) {
		d.fail(c, err)
		return
	}
	d.showPreferences(c, id, label, saved, err != nil)
}

// change does what a member asked for, and returns how the page says so.
// Returns a conflict for an agreement that isn't what the page shows now, and for
// whom it isn't theirs to come back.
func (d preferencePages) change(ctx context.Context, id members.ID, label labels.Label, form url.Values, ip string) (string, error) {
	switch {
	case form.Get("stop") == "measuring":
		return "saved", d.Consents.Withdraw(ctx, id, label.ID, members.TrackingConsent, "preferences", ip)
	case form.Has("give"):
		return d.agree(ctx, id, label, form, ip)
	case form.Get("pause") == "end":
		return "resumed", d.pauses.Resume(ctx, id, label.ID)
	case form.Has("pause"):
		months, err := strconv.Atoi(form.Get("pause"))
		if err != nil || !slices.Contains(pauseMonths(), months) {
			return "", fault.At("pause", "members.pause_range")
		}
		return "saved", d.pauses.Pause(ctx, id, label.ID, members.PauseFor(civil.DateOf(d.now().In(label.Location())), months))
	case form.Has("less"):
		preferences, err := d.Members.Preferences(ctx, label.ID, id)
		if err != nil {
			return "", err
		}
		once := 1
		preferences.PerWeek = &once
		return "saved", d.Members.SetPreferences(ctx, id, preferences)
	}
	return "saved", d.Members.SetPreferences(ctx, id, readPreferences(label.ID, form))
}

// agree records what a member agrees to, in the words that stood there.
func (d preferencePages) agree(ctx context.Context, id members.ID, label labels.Label, form url.Values, ip string) (string, error) {
	mail, remember, err := d.agreements(ctx, label)
	if err != nil {
		return "", err
	}
	c := members.Consent{Label: label.ID, Kind: members.MailConsent, Given: true, At: d.now(), Source: "preferences", IP: ip}
	shown, record, saved := mail, d.Consents.Return, "returned"
	if form.Get("give") == "measuring" {
		c.Kind, shown, record, saved = members.TrackingConsent, remember, d.Consents.Record, "saved"
	}
	if form.Get("text") != shown.Version {
		return "", fault.New(fault.Conflict, "members.signup_text_unknown")
	}
	c.Statement, c.Version, c.FormURL = shown.Text, shown.Version, label.PublicURL+"/p"
	return saved, record(ctx, nil, id, c)
}

// readPreferences reads the form. A box that isn't ticked isn't sent, so the form
// names all topics that it showed; one that came since stays on.
func readPreferences(label labels.ID, form url.Values) members.Preferences {
	preferences := members.Preferences{Label: label}
	for _, key := range form["topic"] {
		if !slices.Contains(form["on"], key) && !slices.Contains(preferences.OffTopics, key) {
			preferences.OffTopics = append(preferences.OffTopics, key)
		}
	}
	if n, err := strconv.Atoi(form.Get("per_week")); err == nil {
		preferences.PerWeek = &n
	}
	return preferences
}
