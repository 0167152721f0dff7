package public

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

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
	Saved     bool
	Stopped   bool // no mail goes to this member now
	Measured  bool // what the member opens and clicks is kept under their name
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

// mostPerWeek is the largest limit that the page offers.
const mostPerWeek = 3

// preferences shows what the member prefers of the label.
func (s *server) preferences(c *gin.Context) {
	if ref, label, ok := s.delivery(c, tracking.Preferences); ok {
		s.showPreferences(c, members.ID(ref.Member), label, false)
	}
}

func (s *server) showPreferences(c *gin.Context, id members.ID, label labels.Label, saved bool) {
	ctx := c.Request.Context()
	member, err := s.Members.Get(ctx, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	topics, err := s.Members.Topics(ctx, label.ID)
	if err != nil {
		s.fail(c, err)
		return
	}
	preferences, err := s.Members.Preferences(ctx, label.ID, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	say := words.In(label.Locale)
	under, _ := member.Under(label.ID)
	content := newPreferencesPage(say, topics, preferences, saved, under)
	content.Address = "/p/" + c.Param("token") + "/address"
	s.pages.show(c, http.StatusOK, "preferences", page{
		Say: say, Label: &label, Title: say.T("member_page.preferences"), Text: say.T("member_page.preferences_text", "label", label.Name),
		Content: content,
	})
}

func newPreferencesPage(
	say words.Speaker, topics []members.Topic, preferences members.Preferences, saved bool, under members.Membership,
) preferencesPage {
	page := preferencesPage{Saved: saved, Stopped: !under.MailConsent, Measured: under.TrackingConsent}
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

// savePreferences takes the form: either wishes, or to stop being measured, or
// to stop altogether.
func (s *server) savePreferences(c *gin.Context) {
	form, err := formOf(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	ref, label, ok := s.delivery(c, tracking.Preferences)
	if !ok {
		return
	}
	ctx := s.Key.Acting(c.Request.Context(), "member")
	switch stop := form.Get("stop"); stop {
	case "":
	case "measuring":
		err := s.Consents.Withdraw(ctx, members.ID(ref.Member), label.ID, members.TrackingConsent, "preferences", c.RemoteIP())
		if err != nil {
			s.fail(c, err)
			return
		}
		s.showPreferences(c, members.ID(ref.Member), label, true)
		return
	default:
		if err := s.Tracking.Unsubscribe(c.Request.Context(), ref, stop == "everywhere", tracking.ByPreferences); err != nil {
			s.fail(c, err)
			return
		}
		s.unsubscribed(c, label, stop == "everywhere")
		return
	}
	preferences := readPreferences(label.ID, form)
	if err := s.Members.SetPreferences(ctx, members.ID(ref.Member), preferences); err != nil {
		s.fail(c, err)
		return
	}
	s.showPreferences(c, members.ID(ref.Member), label, true)
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
