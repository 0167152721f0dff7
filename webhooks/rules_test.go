package webhooks

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
)

// The example of Standard Webhooks itself, by its own secret.
func TestSignatureIsTheStandards(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := sign([][]byte{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAMessageIsTriedForADay(t *testing.T) {
	t.Parallel()
	for range 20 {
		at, begun, attempts := time.Unix(0, 0), time.Unix(0, 0), 1
		for last := at; ; attempts++ {
			next, more := again(attempts, at, 0)
			if !more {
				break
			}
			if !next.After(last) {
				t.Fatalf("attempt %d is tried again at %s, not after %s", attempts, next, last)
			}
			last, at = next, next
		}
		if took := at.Sub(begun); attempts != MaxAttempts() || took < 24*time.Hour || took > 30*time.Hour {
			t.Errorf("given up after %d attempts, %s", attempts, took)
		}
	}
	now := time.Unix(1_000_000, 0)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "120": 2 * time.Minute, "999999999999": longest, "9999999": longest,
		now.Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour, now.Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("Retry-After %q: %s, want %s", text, got, want)
		}
	}
	if at, _ := again(1, now, time.Hour); at.Before(now.Add(time.Hour)) {
		t.Error("a receiver that asks for an hour is asked again before")
	}
	if at, _ := again(1, now, 1000*time.Hour); at.After(now.Add(30 * time.Hour)) {
		t.Error("a receiver that asks for weeks gets them")
	}
}

func TestEndpointsAreValid(t *testing.T) {
	t.Parallel()
	good := Endpoint{Kind: Standard, Name: "CRM", URL: "https://hooks.example/keur?x=1", Types: TypeList{"send.held", "send.held"}}
	for name, c := range map[string]struct {
		change func(*Endpoint)
		inside bool
		wrong  string // which field; "": none
	}{
		"as it should be":       {change: func(*Endpoint) {}},
		"plain text":            {change: func(e *Endpoint) { e.URL = "http://hooks.example/" }, wrong: "url"},
		"plain text inside":     {change: func(e *Endpoint) { e.URL = "http://127.0.0.1:8080/" }, inside: true},
		"loopback":              {change: func(e *Endpoint) { e.URL = "https://127.0.0.1/" }, wrong: "url"},
		"loopback, mapped":      {change: func(e *Endpoint) { e.URL = "https://[::ffff:127.0.0.1]/" }, wrong: "url"},
		"loopback by its name":  {change: func(e *Endpoint) { e.URL = "https://LocalHost:8443/" }, wrong: "url"},
		"the clouds' secrets":   {change: func(e *Endpoint) { e.URL = "https://169.254.169.254/latest" }, wrong: "url"},
		"our network":           {change: func(e *Endpoint) { e.URL = "https://[fd00::1]/" }, wrong: "url"},
		"a name and a password": {change: func(e *Endpoint) { e.URL = "https://u:p@hooks.example/" }, wrong: "url"},
		"a fragment":            {change: func(e *Endpoint) { e.URL = "https://hooks.example/#x" }, wrong: "url"},
		"another scheme":        {change: func(e *Endpoint) { e.URL = "file:///etc/passwd" }, inside: true, wrong: "url"},
		"a second line":         {change: func(e *Endpoint) { e.URL = "https://hooks.example/\nHost: x" }, wrong: "url"},
		"no address":            {change: func(e *Endpoint) { e.URL = "" }, wrong: "url"},
		"no name":               {change: func(e *Endpoint) { e.Name = "" }, wrong: "name"},
		"no such kind":          {change: func(e *Endpoint) { e.Kind = "fax" }, wrong: "kind"},
		"no types":              {change: func(e *Endpoint) { e.Types = nil }, wrong: "types"},
		"no such type":          {change: func(e *Endpoint) { e.Types = TypeList{"send.eaten"} }, wrong: "types"},
		"a chat of members":     {change: func(e *Endpoint) { e.Kind, e.Types = Slack, TypeList{"member.subscribed"} }, wrong: "types"},
		"a chat":                {change: func(e *Endpoint) { e.Kind = Teams }},
	} {
		e := good
		e.Types = slices.Clone(good.Types)
		c.change(&e)
		err := e.validate(c.inside)
		var fields []string
		if own, is := err.(*fault.Error); is {
			for _, d := range own.Details {
				fields = append(fields, d.Path)
			}
		}
		if got := strings.Join(fields, " "); got != c.wrong || (err == nil) != (c.wrong == "") {
			t.Errorf("%s: wrong is %q (%v), want %q", name, got, err, c.wrong)
		}
	}
}

// What has a sentence has it in each language, with all its places filled.
func TestChatsSayEverything(t *testing.T) {
	t.Parallel()
	s := &Sender{Parts: Parts{DeskURL: "https://desk.example"}}
	data := map[string]any{
		"name": "Mailing", "step": "client", "verdict": "approved", "audience": json.Number("12000"), "provider": "gmail",
		"domain": "shop.nl", "kind": "complaints", "events": 3, "mails": 1000, "alarm_id": 6,
		"suppressed": json.Number("3"), "added": 1, "changed": 2, "rejected": 3, "mailing_id": 4, "send_id": 5,
		"held_reason": reason{said: words.Of("hold.drift", "now", 1, "approved", 2)}, "outcomes": map[string]int64{"sent": 18000},
	}
	for _, locale := range []string{"nl", "de", "en"} {
		for _, kind := range append(slices.Clone(said), Tested) {
			got := s.sayingOf(labels.Label{ID: 1, Name: "Shop", Locale: locale}, kind, data)
			if strings.ContainsAny(got.Text, "{}⟦<") || got.Text == "" {
				t.Errorf("%s in %s: %q", kind, locale, got.Text)
			}
			if kind != Tested && !strings.HasPrefix(got.URL, "https://desk.example/") {
				t.Errorf("%s leads to %q", kind, got.URL)
			}
		}
	}
	data["held_reason"] = reason{said: words.Verbatim(strings.Repeat("\u202elang\n", 1000))}
	if got := s.sayingOf(labels.Label{ID: 1, Locale: "nl"}, "send.held", data).Text; len([]rune(got)) > mostSaid ||
		strings.ContainsAny(got, "\u202e\n") {
		t.Errorf("of a long reason %d characters are said: %.99q", len([]rune(got)), got)
	}
	if got := s.sayingOf(labels.Label{ID: 1, Locale: "nl"}, SendFinished, data).Text; !strings.Contains(got, "18.000") {
		t.Errorf("numbers are written in another language: %s", got)
	}
}

// A name can't forge a link or a mention in a chat.
func TestNamesStayText(t *testing.T) {
	t.Parallel()
	evil := "<!channel> <@U1> <https://evil.example|Approve> &lt;!here&gt; [klik](https://evil.example) *bold* @here <at>All</at>"
	body, err := encoded(slackOf(saying{Label: evil, Text: evil, URL: "https://desk.example/1", Do: "Open"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(body); strings.ContainsAny(got, "<>") || strings.Contains(got, `"mrkdwn"`) && !strings.Contains(got, `"mrkdwn":false`) {
		t.Errorf("Slack reads marks: %s", got)
	}
	var slack struct {
		Parse     string `json:"parse"`
		LinkNames bool   `json:"link_names"`
		Blocks    []struct {
			Type     string                       `json:"type"`
			Text     struct{ Type, Text string }  `json:"text"`
			Elements []struct{ Type, URL string } `json:"elements"`
		} `json:"blocks"`
	}
	if err := json.Unmarshal(body, &slack); err != nil {
		t.Fatal(err)
	}
	if slack.Parse != "none" || slack.LinkNames || slack.Blocks[0].Text.Type != "plain_text" ||
		slack.Blocks[2].Elements[0].URL != "https://desk.example/1" {
		t.Errorf("Slack gets %s", body)
	}
	unescape := strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">") // as Slack does, once
	if got := unescape.Replace(slack.Blocks[0].Text.Text); got != evil {
		t.Errorf("Slack shows %q", got)
	}
	if body, err = encoded(teamsOf(saying{Label: evil, Text: evil, URL: "https://desk.example/1", Do: "Open"})); err != nil {
		t.Fatal(err)
	}
	var teams struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string `json:"contentType"`
			Content     struct {
				Type, Version string
				Body          []map[string]any
				MSTeams       any `json:"msteams"`
			} `json:"content"`
		} `json:"attachments"`
	}
	if err := json.Unmarshal(body, &teams); err != nil {
		t.Fatal(err)
	}
	card := teams.Attachments[0].Content
	if teams.Type != "message" || card.Type != "AdaptiveCard" || card.MSTeams != nil {
		t.Errorf("Teams gets %s", body)
	}
	want := map[string]any{"type": "RichTextBlock", "inlines": []any{map[string]any{"type": "TextRun", "text": evil}}}
	if diff := cmp.Diff(want, card.Body[0]); diff != "" {
		t.Errorf("Teams gets a name in another block than one of plain text: %s", diff)
	}
}

// The table in the documentation names every type, and no other.
func TestTypesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []Type
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z_]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		found = append(found, Type(row[1]))
	}
	slices.Sort(found)
	want := append(Types(), Tested)
	slices.Sort(want)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("docs/webhooks.md names other types: %s", diff)
	}
}
