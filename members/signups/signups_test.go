package signups

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
	"keur/members"
)

// site is a label whose form is open, with its members.
type site struct {
	*Store
	db    *sqlx.DB
	clock *clock.Fake
	label labels.Label
}

const agreed = "Ja, mail me."

func newSite(t *testing.T) *site {
	t.Helper()
	db := pgtest.New(t)
	label := labels.Label{
		ID: labels.ID(pgtest.Label(t, db, "nl")), Code: "nl", Name: "Voordeel", Locale: "nl",
		PublicURL: "https://mail.shop.example", Accent: "#1a5fb4",
		ImprintName: "Shop BV", ImprintAddress: "Kade 1\nAmsterdam",
	}
	box, err := seal.New([]byte("a secret that only tests know, 32+"))
	if err != nil {
		t.Fatal(err)
	}
	g := &site{db: db, clock: clock.NewFake(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)), label: label}
	people := members.NewStore(db, g.clock, []byte("key"))
	g.Store = NewStore(NewForms(db, g.clock, people), notices.NewStore(db, box, g.clock))
	for _, name := range []string{"first_name", "birth_date", "shoe_size"} {
		typ := map[string]members.Type{"birth_date": members.Date, "shoe_size": members.Number}[name]
		if typ == "" {
			typ = members.Text
		}
		if _, err := people.Declare(g.desk(t), label.ID, name, typ); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"travel", "food"} {
		if err := people.AddTopic(g.desk(t), label.ID, members.Topic{Key: key, Name: key}); err != nil {
			t.Fatal(err)
		}
	}
	g.reword(t, agreed)
	return g
}

func (g *site) desk(t *testing.T) context.Context    { return pgtest.Acting(t.Context(), "console:test") }
func (g *site) visitor(t *testing.T) context.Context { return pgtest.Acting(t.Context(), "member") }

// reword opens the form with another text.
func (g *site) reword(t *testing.T, text string) Form {
	t.Helper()
	now, err := g.Form(t.Context(), g.label.ID)
	if err != nil {
		t.Fatal(err)
	}
	after, err := g.Update(g.desk(t), g.label.ID, now.Version, func(f *Form) error {
		f.Open, f.Mail, f.Tracking = true, text, "Ja, onthoud het."
		f.Topics, f.Attributes = []string{"travel", "food"}, []string{"first_name", "birth_date", "shoe_size"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func (g *site) asks(address string) Asked {
	return Asked{
		Address: address, Agreed: true, Text: 1,
		Shown: []string{"travel", "food"}, On: []string{"food"},
		FormURL: "https://shop.example/in", IP: "192.0.2.7",
		Answers: map[string]string{"first_name": "Jan", "birth_date": "1980-02-29", "shoe_size": "42,5"},
	}
}

// tokens returns those that were mailed since the last time, by recipient.
func (g *site) tokens(t *testing.T) map[string]string {
	t.Helper()
	due, err := g.notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, n := range due {
		_, rest, _ := strings.Cut(n.Body, "https://mail.shop.example/s/nl/")
		token, _, _ := strings.Cut(rest, "\n")
		if !strings.Contains(n.HTML, "/s/nl/"+token) || !strings.Contains(n.HTML, "Kade 1") || !strings.Contains(n.Body, "Shop BV") {
			t.Errorf("the letter isn't in the label's look: %s", n.HTML)
		}
		found[n.Recipient] = token
		if err := g.notices.Sent(t.Context(), n.ID); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func (g *site) join(t *testing.T, asked Asked) members.Member {
	t.Helper()
	if err := g.Ask(g.visitor(t), g.label, asked); err != nil {
		t.Fatal(err)
	}
	id, err := g.Confirm(g.visitor(t), g.label.ID, g.tokens(t)[asked.Address], "192.0.2.9")
	if err != nil {
		t.Fatal(err)
	}
	m, err := g.members.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Somebody asks and confirms: then, and not before, they are a member, with what
// they said and the proof of what they agreed to.
func TestWhoConfirmsIsAMemberWithProof(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	asked := g.asks("Jan@shop.example")
	asked.Tracking = true
	if err := g.Ask(g.visitor(t), g.label, asked); err != nil {
		t.Fatal(err)
	}
	token := g.tokens(t)["Jan@shop.example"]
	if n := pgtest.Count(t, g.db, `SELECT count(*) FROM members`); n != 0 {
		t.Fatal("who only asked is a member")
	}
	g.reword(t, "Een andere tekst.") // after they read the first
	g.clock.Add(time.Hour)
	if s, err := g.Open(g.visitor(t), g.label.ID, token); err != nil || s.Address != "Jan@shop.example" || s.Said()["first_name"] != "Jan" {
		t.Errorf("%+v %v", s, err)
	}
	id, err := g.Confirm(g.visitor(t), g.label.ID, token, "192.0.2.9")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := g.members.Get(t.Context(), id)
	under, _ := m.Under(g.label.ID)
	if !under.MailConsent || !under.TrackingConsent || under.ConfirmedAt == nil || under.Source != SourceName ||
		fmt.Sprint(under.Attributes) != "map[birth_date:1980-02-29 first_name:Jan shoe_size:42.5]" {
		t.Errorf("%+v", under)
	}
	wish, _ := g.members.Preferences(t.Context(), g.label.ID, id)
	if !slices.Equal(wish.OffTopics, []string{"travel"}) {
		t.Errorf("turned off are %v", wish.OffTopics)
	}
	consents, err := members.NewConsents(g.members).Of(t.Context(), id)
	if err != nil || len(consents) != 2 {
		t.Fatalf("%+v %v", consents, err)
	}
	c := consents[0]
	if c.Statement != agreed || c.Version != "1" || c.FormURL != asked.FormURL || c.IP != "192.0.2.7" || c.ConfirmedIP != "192.0.2.9" ||
		!c.OptinMailedAt.Equal(g.clock.Now().Add(-time.Hour)) || !c.ConfirmedAt.Equal(g.clock.Now()) || c.RecordedBy != "member" {
		t.Errorf("the proof is %+v", c)
	}
	if _, err := g.Confirm(g.visitor(t), g.label.ID, token, ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("the link worked twice: %v", err)
	}
}

// The link ends by the clock, by another one of the mailbox, and is of its label.
func TestALinkEnds(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	var tokens []string
	for range 2 {
		if err := g.Ask(g.visitor(t), g.label, g.asks("jan@shop.example")); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, g.tokens(t)["jan@shop.example"])
	}
	g.clock.Add(Life)
	if _, err := g.Open(g.visitor(t), g.label.ID, tokens[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("after its time: %v", err)
	}
	g.clock.Add(-time.Minute)
	if _, err := g.Open(g.visitor(t), g.label.ID+1, tokens[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("under another label: %v", err)
	}
	if _, err := g.Confirm(g.visitor(t), g.label.ID, tokens[1], ""); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Confirm(g.visitor(t), g.label.ID, tokens[0], ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("the other link: %v", err)
	}
}

// Whatever is known of an address, asking answers the same; only who may be mailed
// gets a letter, and nothing of who may not is kept.
func TestAskingTellsNobodyAnything(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	left := g.join(t, g.asks("left@shop.example"))
	complained := g.join(t, g.asks("angry@shop.example"))
	g.join(t, g.asks("member@shop.example"))
	for id, reason := range map[members.ID]members.Reason{left.ID: members.Unsubscribe, complained.ID: members.Complaint} {
		if err := g.members.Suppress(g.visitor(t), nil, id, g.label.ID, reason, "test", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.InTx(g.desk(t), g.db, func(tx *sqlx.Tx) error {
		gone, err := g.enrols.Mailbox(t.Context(), tx, members.Address{Mail: "gone@shop.example"})
		if err == nil {
			_, err = tx.ExecContext(t.Context(), `INSERT INTO erased_addresses (hash) VALUES ($1)`, gone)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	listed, _ := members.ParseAddress("listed@shop.example")
	opted, _ := members.ParseAddress("opted@shop.example")
	entries := []members.Listing{{Address: listed, Reason: members.Manual}, {Address: opted, Reason: members.Unsubscribe}}
	if _, err := members.NewLists(g.members).Add(g.desk(t), g.label.ID, entries, "list.csv"); err != nil {
		t.Fatal(err)
	}
	for address, mailed := range map[string]bool{
		"left@shop.example": true, "member@shop.example": true, "new@shop.example": true, "opted@shop.example": true,
		"angry@shop.example": false, "gone@shop.example": false, "listed@shop.example": false,
	} {
		if err := g.Ask(g.visitor(t), g.label, g.asks(address)); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if _, got := g.tokens(t)[address]; got != mailed {
			t.Errorf("%s got a letter: %t", address, got)
		}
	}
	if n := pgtest.Count(t, g.db, `SELECT count(*) FROM signups WHERE ended_at IS NULL AND address IN ('angry@shop.example', 'gone@shop.example', 'listed@shop.example')`); n != 0 {
		t.Errorf("%d addresses are kept of those who aren't mailed", n)
	}
}

// Who unsubscribed comes back by confirming, from the label that they come back to
// alone; who complained meanwhile doesn't.
func TestWhoLeftComesBack(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	jan := g.join(t, g.asks("jan@shop.example"))
	other, third := labels.ID(pgtest.Label(t, g.db, "de")), labels.ID(pgtest.Label(t, g.db, "be"))
	if _, err := g.members.Create(g.desk(t), members.Newcomer{Label: other, Address: "jan@shop.example", Source: "shop"}); err != nil {
		t.Fatal(err)
	}
	if err := g.members.Suppress(g.visitor(t), nil, jan.ID, members.EveryLabel, members.Unsubscribe, "test", nil); err != nil {
		t.Fatal(err)
	}
	g.clock.Add(25 * time.Hour)
	back := g.join(t, g.asks("jan@shop.example"))
	under, _ := back.Under(g.label.ID)
	list, err := g.members.Suppressions(t.Context(), jan.ID)
	if err != nil || back.ID != jan.ID || !under.MailConsent || len(list) != 2 ||
		list[0].Label+list[1].Label != other+third { // also where an old file may be imported later
		t.Errorf("%+v, suppressed by %+v, %v", under, list, err)
	}
	g.clock.Add(25 * time.Hour)
	if err := g.Ask(g.visitor(t), g.label, g.asks("jan@shop.example")); err != nil {
		t.Fatal(err)
	}
	if err := g.members.Suppress(g.visitor(t), nil, jan.ID, g.label.ID, members.Complaint, "arf", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Confirm(g.visitor(t), g.label.ID, g.tokens(t)["jan@shop.example"], ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("who complained came back: %v", err)
	}
}

// What is wrong is told by the field.
func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	for path, change := range map[string]func(*Asked){
		"address":            func(a *Asked) { a.Address = "jan" },
		"agree":              func(a *Asked) { a.Agreed = false },
		"text":               func(a *Asked) { a.Text = 9 },
		"answers.birth_date": func(a *Asked) { a.Answers["birth_date"] = "yesterday" },
		"answers.shoe_size":  func(a *Asked) { a.Answers["shoe_size"] = "large" },
		"answers.first_name": func(a *Asked) { a.Answers["first_name"] = strings.Repeat("a", 101) },
	} {
		asked := g.asks("jan@shop.example")
		change(&asked)
		err := g.Ask(g.visitor(t), g.label, asked)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprintf("%+v", err.(*fault.Error).Details), path) {
			t.Errorf("%s: %+v", path, err)
		}
	}
	if n := pgtest.Count(t, g.db, `SELECT count(*) FROM signups`); n != 0 {
		t.Errorf("%d were kept", n)
	}
}

// Words once shown stay; who edits over somebody else is told; a closed form takes
// nobody, at the door and in the base.
func TestFormsAreKept(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	second := g.reword(t, "Anders.")
	if second.Text != 2 {
		t.Errorf("the text is version %d", second.Text)
	}
	if third := g.reword(t, "Anders."); third.Text != 2 {
		t.Errorf("the same words are version %d", third.Text)
	}
	texts, err := g.Texts(t.Context(), g.label.ID)
	if err != nil || len(texts) != 2 || texts[1].Mail != agreed || texts[0].By != "console:test" {
		t.Errorf("%+v %v", texts, err)
	}
	none := func(*Form) error { return nil }
	if _, err := g.Update(g.desk(t), g.label.ID, 1, none); !fault.Is(err, fault.Conflict) {
		t.Errorf("over somebody else's: %v", err)
	}
	for _, change := range []func(*Form){
		func(f *Form) { f.Mail = " " }, func(f *Form) { f.Topics = []string{"other"} }, func(f *Form) { f.Attributes = []string{"other"} },
	} {
		if _, err := g.Update(g.desk(t), g.label.ID, 3, func(f *Form) error { change(f); return nil }); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	}
	if _, err := g.Update(g.desk(t), g.label.ID, 3, func(f *Form) error { f.Open = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := g.Ask(g.visitor(t), g.label, g.asks("jan@shop.example")); !fault.Is(err, fault.NotFound) {
		t.Errorf("a closed form: %v", err)
	}
	for what, sql := range map[string]string{
		"closed":          `INSERT INTO signups (token_hash, label_id, mailbox, text_version, asked_at, expires_at) VALUES ('t', 1, 'm', 1, now(), now() + interval '1 hour')`,
		"none of":         `UPDATE signup_forms SET topics = '{other}'`,
		"newest":          `UPDATE signup_forms SET text_version = 1`,
		"permission":      `UPDATE signup_texts SET mail = 'x'`,
		"permission deni": `SELECT token_hash FROM signups`,
	} {
		if err := postgres.InTx(g.desk(t), g.db, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(t.Context(), sql)
			return err
		}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
