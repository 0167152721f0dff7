package requests

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/labels"
)

func TestMentioned(t *testing.T) {
	t.Parallel()
	users := []accounts.User{{ID: 1, Name: "Sanne Hoekstra", Email: "s.hoekstra@p.nl"}, {ID: 2, Name: "San de Wit", Email: "sdw@p.nl"}}
	for text, want := range map[string]int{"@Sanne, kijk je?": 1, "@san en @sanne": 2, "sanne": 0, "mail s@sannex.nl": 0,
		"@s.hoekstra": 1} {
		if got := mentioned(text, users); len(got) != want {
			t.Errorf("%q names %v", text, got)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := Request{Kind: Task, Title: "Banner", State: Open, Department: "Design", Address: "design@p.nl"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	id := accounts.UserID(1)
	for name, spoil := range map[string]func(*Request){
		"title": func(r *Request) { r.Title = " " }, "kind": func(r *Request) { r.Kind = "x" },
		"address":    func(r *Request) { r.Address = "" },
		"department": func(r *Request) { r.AssigneeID = &id }, "state": func(r *Request) { r.State = "" },
		"about_ref": func(r *Request) { r.AboutKind, r.AboutRef = AboutCreative, "12" },
	} {
		r := good
		spoil(&r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// house is a store with two users, and reads the mails that were queued.
type house struct {
	*Store
	t    *testing.T
	post *notices.Store
	fake *clock.Fake
	ann  context.Context
	ben  accounts.User
	own  labels.ID // the label that both work for
	db   pgtest.DB
}

// Create is the store's, under the house's label where none is said.
func (h *house) Create(ctx context.Context, r Request, files ...Upload) (Request, error) {
	r.LabelID = cmp.Or(r.LabelID, h.own)
	return h.Store.Create(ctx, r, files...)
}

func newHouse(t *testing.T) *house {
	t.Helper()
	box, err := seal.New([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	base := pgtest.Database(t)
	db, fake := base.App, clock.NewFake(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	users, post := accounts.NewStore(db, fake, pgtest.Key()), notices.NewStore(db, box, fake)
	h := &house{Store: NewStore(db, fake, pgtest.Key(), users, post, "https://desk.example"), t: t, post: post, fake: fake, db: base}
	h.own = h.label("shop")
	var made [2]accounts.User
	for i, name := range []string{"Ann", "Ben"} {
		made[i], err = users.Create(t.Context(), accounts.User{Name: name, Email: strings.ToLower(name) + "@p.nl", Locale: "en",
			Roles: map[labels.ID][]accounts.Role{h.own: {accounts.Planner}}},
			"a long password for tests")
		if err != nil {
			t.Fatal(err)
		}
	}
	h.ann, h.ben = pgtest.Acting(t.Context(), made[0].ID.Actor()), made[1]
	return h
}

func (h *house) label(code string) labels.ID {
	h.t.Helper()
	l, err := labels.NewStore(h.db.Owner).Create(h.t.Context(), labels.Label{
		Code: code, Name: code, Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://m." + code + ".nl",
		BounceDomain: "b." + code + ".nl", ListID: "l." + code + ".nl", ImprintName: "Shop B.V.", ImprintAddress: "Kade 1",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return l.ID
}

// campaign makes one under the label, with an image.
func (h *house) campaign(label labels.ID, image string) (ref string) {
	h.t.Helper()
	if err := h.db.Owner.Get(&ref, `
		WITH a AS (INSERT INTO advertisers (name, category) VALUES ($1, 'travel') RETURNING id),
		     i AS (INSERT INTO creatives (hash, bytes, type, width, height) VALUES (sha256($3), $3, 'image/png', 1, 1) RETURNING hash),
		     c AS (INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on)
		           SELECT $2, id, $1, '2026-01-01', '2026-12-31' FROM a RETURNING id)
		SELECT id FROM c, i`, image, label, []byte(image)); err != nil {
		h.t.Fatal(err)
	}
	h.db.Owner.MustExec(`INSERT INTO campaign_creatives (campaign_id, hash, alt) VALUES ($1, sha256($2), 'x')`, ref, []byte(image))
	return ref
}

// mails returns what was queued since the last time.
func (h *house) mails() []notices.Notice {
	h.t.Helper()
	found, err := h.post.Claim(h.t.Context(), 50)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range found {
		if err := h.post.Sent(h.t.Context(), n.ID); err != nil {
			h.t.Fatal(err)
		}
	}
	return found
}

func TestWhomItConcernsIsMailed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := h.Create(h.ann, Request{Kind: Task, Title: "Check the terms", Body: "Of Zonland", AssigneeID: &h.ben.ID})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) != 1 || got[0].Recipient != "ben@p.nl" || got[0].Subject != "For you: Check the terms" ||
		!strings.Contains(got[0].Body, "https://desk.example/requests/1") {
		t.Fatalf("mailed %+v", got)
	}
	if _, err := h.Update(h.ann, r.ID, func(r *Request) error { r.State = InProgress; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := h.Comment(h.ann, r.ID, "@ben, when? @ann knows"); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) != 1 || got[0].Recipient != "ben@p.nl" || !strings.Contains(got[0].Body, "Ann mentions you") {
		t.Errorf("mailed %+v", got)
	}
	ben := pgtest.Acting(t.Context(), h.ben.ID.Actor())
	if err := h.Comment(ben, r.ID, "On Monday"); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) != 1 || got[0].Recipient != "ann@p.nl" || got[0].Subject != "Ben on: Check the terms" {
		t.Errorf("who asked isn't mailed what was said: %+v", got)
	}
	if err := h.Comment(h.ann, r.ID, " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing was said: %v", err)
	}
	today := civil.DateOf(h.fake.Now())
	if page, err := h.List(h.ann, Filter{Unfinished: true, DueBy: &today}, paging.Ask{}); err != nil || len(page.Items) != 0 {
		t.Errorf("without a day it is due: %v %v", page.Items, err)
	}
	for _, f := range []Filter{{Unfinished: true}, {Text: "ZONLAND"}, {State: InProgress, Kind: Task}, {Assignee: h.ben.ID}} {
		if page, err := h.List(h.ann, f, paging.Ask{Sort: "due"}); err != nil || len(page.Items) != 1 {
			t.Errorf("%+v finds %v %v", f, page.Items, err)
		}
	}
}

func TestADepartmentAnswersByItsLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := h.Create(h.ann, Request{Kind: Question, Title: "A banner?", Department: "Design", Address: "design@p.nl"})
	if err != nil {
		t.Fatal(err)
	}
	got := h.mails()
	if len(got) != 1 || got[0].Recipient != "design@p.nl" {
		t.Fatalf("mailed %+v", got)
	}
	_, after, _ := strings.Cut(got[0].Body, "/answer/")
	token := strings.TrimSpace(after)
	if _, err := h.ByToken(t.Context(), token+"x"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a guessed link: %v", err)
	}
	if err := h.Answer(t.Context(), token, Reply{Name: "Dirk", Body: "Tomorrow.", Done: true,
		Files: []Upload{{"banner.png", []byte("png")}}}); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) != 1 || got[0].Recipient != "ann@p.nl" || got[0].Subject != "Answer of Dirk: A banner?" {
		t.Errorf("mailed %+v", got)
	}
	said, err := h.Comments(t.Context(), r.ID)
	if err != nil || len(said) != 1 || said[0].AuthorName != "Dirk" || said[0].CreatedBy != "department:1" {
		t.Errorf("said %+v %v", said, err)
	}
	if r, err = h.Get(t.Context(), r.ID); err != nil || r.State != Done {
		t.Errorf("%s %v", r.State, err)
	}
	if files, err := h.Files(t.Context(), r.ID); err != nil || len(files) != 1 || files[0].CreatedBy != "department:1" {
		t.Errorf("files %+v %v", files, err)
	}
	h.fake.Add(linkLife + time.Minute)
	if err := h.Answer(t.Context(), token, Reply{Body: "Late"}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an old link: %v", err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := h.Create(h.ann, Request{Kind: Idea, Title: "Look"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.txt", "../../b.txt"} {
		if err := h.AddFile(h.ann, r.ID, Upload{name, []byte("the same")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.AddFile(h.ann, r.ID, Upload{Name: "c"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("empty: %v", err)
	}
	files, err := h.Files(t.Context(), r.ID)
	if err != nil || len(files) != 2 || files[1].Name != "b.txt" {
		t.Fatalf("%+v %v", files, err)
	}
	if _, bytes, err := h.File(t.Context(), r.ID, files[0].ID); err != nil || string(bytes) != "the same" {
		t.Errorf("%s %v", bytes, err)
	}
	if _, _, err := h.File(t.Context(), r.ID+1, files[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("of another request: %v", err)
	}
}

// TestWhatWasSaidStaysSaid, but when it is about a member who is erased.
func TestWhatWasSaidStaysSaid(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	h := &house{t: t, db: db}
	db.Owner.MustExec(`INSERT INTO requests (label_id, kind, title, created_at, updated_at) VALUES ($1, 'idea', 'x', now(), now())`, h.label("shop"))
	db.Owner.MustExec(`INSERT INTO request_comments (request_id, body, created_at) VALUES (1, 'x', now())`)
	for _, change := range []string{`UPDATE request_comments SET body = 'y'`, `DELETE FROM request_comments`} {
		if _, err := db.App.Exec(change); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", change, err)
		}
		if _, err := db.Owner.Exec(change); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s as the owner: %v", change, err)
		}
	}
}

// A comment reaches a department with a link of its own; a link that went to
// another department opens nothing any more.
func TestLinksFollowTheDepartment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tokens := func() (found []string) {
		for _, n := range h.mails() {
			if _, after, is := strings.Cut(n.Body, "/answer/"); is {
				found = append(found, strings.TrimSpace(after))
			}
		}
		return found
	}
	r, err := h.Create(h.ann, Request{Kind: Fault, Title: "A dead link", Department: "Design", Address: "design@p.nl"},
		Upload{"mail.txt", []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Comment(h.ann, r.ID, "In the footer"); err != nil {
		t.Fatal(err)
	}
	design := tokens()
	if len(design) != 2 {
		t.Fatalf("the department has %d links", len(design))
	}
	if _, err := h.Update(h.ann, r.ID, func(r *Request) error {
		r.Department, r.Address = "Technology",
			"it@p.nl"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	technology := tokens()
	if _, err := h.ByToken(t.Context(), technology[0]); err != nil {
		t.Error(err)
	}
	for _, token := range design {
		if _, err := h.ByToken(t.Context(), token); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the link of who had it before: %v", err)
		}
	}
	ben := pgtest.Acting(t.Context(), h.ben.ID.Actor())
	if _, err := h.Update(ben, r.ID, func(r *Request) error { r.State = Done; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) != 1 || got[0].Recipient != "ann@p.nl" || got[0].Subject != "Done: A dead link" {
		t.Errorf("mailed %+v", got)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late, image := civil.DateOf(h.fake.Now()), fmt.Sprintf("%x", sha256.Sum256([]byte("road")))
	campaign, another := h.campaign(h.own, "road"), h.campaign(h.own, "river")
	for _, r := range []Request{
		{Title: "done", AboutKind: AboutCampaign, AboutRef: campaign}, {Title: "some day", AboutKind: AboutCampaign, AboutRef: campaign},
		{Title: "image", AboutKind: AboutCreative, AboutRef: image, DueOn: &late},
		{Title: "another", AboutKind: AboutCampaign, AboutRef: another}, {Title: "nothing"},
	} {
		r.Kind = Task
		if _, err := h.Create(h.ann, r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Update(h.ann, 1, func(r *Request) error { r.State = Done; return nil }); err != nil {
		t.Fatal(err)
	}
	found, err := h.About(t.Context(), []labels.ID{h.own}, 5, Subject{AboutCampaign, campaign}, Subject{AboutCreative, image})
	var titles []string
	for _, r := range found {
		titles = append(titles, r.Title)
	}
	if got := strings.Join(titles, ", "); err != nil || got != "image, some day, done" {
		t.Errorf("%s %v", got, err)
	}
	if found, err := h.About(t.Context(), []labels.ID{h.own + 1}, 5, Subject{AboutCampaign, campaign}); err != nil || len(found) > 0 {
		t.Errorf("another label finds %v %v", found, err)
	}
}
