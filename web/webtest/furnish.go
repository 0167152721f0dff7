package webtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/actors"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/series"
	"keur/members"
	"keur/members/imports/uploads"
	"keur/requests"
	"keur/segments"
	"keur/templates"
)

const TestSlot = "2026-11-24T10:00"

// Submitted takes a mailing to where its colleague decides, and returns that review.
func (d *Desk) Submitted(b mailings.Brief) (approval.Round, approval.ReviewID) {
	d.T.Helper()
	m, r := d.Draft(d.T, b)
	round := d.ApproveClient(d.T, d.Submit(d.T, m, r))
	return round, d.Step(d.T, round, approval.Colleague)
}

// FurnishApprovals makes a review with a comment, for paths that name one.
func (d *Desk) FurnishApprovals() {
	d.T.Helper()
	m, r := d.Draft(d.T, d.Brief(d.T, TestSlot))
	d.Review = d.Step(d.T, d.Submit(d.T, m, r), approval.Colleague)
	var err error
	asked := comments.Comment{RevisionID: r.ID, Body: "Klopt dit?"}
	if d.Comment, err = d.Approval.Comments.Add(approvaltest.As(d.Maker), asked); err != nil {
		d.T.Fatal(err)
	}
}

func (d *Desk) Read(id mailings.ID) mailings.Mailing {
	d.T.Helper()
	m, err := d.Mailings.Get(d.T.Context(), id)
	if err != nil {
		d.T.Fatal(err)
	}
	return m
}

// Working reads the working copy of the first mailing.
func (d *Desk) Working() mailings.WorkingCopy {
	d.T.Helper()
	m, err := d.Mailings.Get(d.T.Context(), 1)
	if err != nil {
		d.T.Fatal(err)
	}
	w, err := mailings.NewWorkbench(d.Mailings, d.Composer).Open(d.T.Context(), &m)
	if err != nil {
		d.T.Fatal(err)
	}
	return w
}

// ImportFile uploads and imports a file as the planner, and waits until it is in.
func (d *Desk) ImportFile(text string) uploads.Upload {
	d.T.Helper()
	ctx := approvaltest.As(d.Users["planner"])
	up, err := d.Deps.Uploads.Keep(ctx, d.Label.ID, "leden.csv", strings.NewReader(text))
	if err == nil {
		err = d.Deps.Uploads.Start(ctx, up.ID, false)
	}
	if err != nil {
		d.T.Fatal(err)
	}
	d.Imported(up.ID)
	return up
}

// Imported waits until an upload is no longer being imported.
func (d *Desk) Imported(id int64) {
	d.T.Helper()
	proctest.Until(d.T, "the import ends", func() bool { return !d.Deps.Uploads.Work(id).Running })
}

// Uploads sends a file by the form.
func (s *Browser) Uploads(path, name, text string) Response {
	return s.UploadsWith(path, name, text, nil)
}

// UploadsWith sends a file by a form that has other fields, too.
func (s *Browser) UploadsWith(path, name, text string, fields url.Values) Response {
	s.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, values := range fields {
		for _, value := range values {
			if err := form.WriteField(field, value); err != nil {
				s.Fatal(err)
			}
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		s.Fatal(err)
	}
	if _, err := io.WriteString(part, text); err != nil {
		s.Fatal(err)
	}
	if err := form.Close(); err != nil {
		s.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.URL+path, &body)
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := s.Client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return Response{answer.StatusCode, answer.Header, string(page)}
}

// AskErasure lets the planner ask for the first member's erasure.
func (d *Desk) AskErasure() members.Erasure {
	d.T.Helper()
	e, err := d.Deps.Erasures.Ask(approvaltest.As(d.Users["planner"]), members.Erasure{
		Member: 1, Label: d.Label.ID, Reason: "Asked by letter of 20 November", RequestedBy: actors.User(d.Users["planner"].ID),
	})
	if err != nil {
		d.T.Fatal(err)
	}
	return e
}

// AskColleagues makes a request about nothing.
func (d *Desk) AskColleagues() requests.ID {
	d.T.Helper()
	r, err := d.Deps.Requests.Create(approvaltest.As(d.Users["planner"]),
		requests.Request{LabelID: d.Label.ID, Kind: requests.Idea, Title: "Actie rond Sinterklaas"})
	if err != nil {
		d.T.Fatal(err)
	}
	return r.ID
}

// AskedDesk is one with requests in each state.
func AskedDesk(t *testing.T) *Desk {
	t.Helper()
	d := New(t, 1)
	ctx := approvaltest.As(d.Users["planner"])
	approver, today := d.Users["approver"].ID, civil.DateOf(d.Clock.Now())
	soon, past := today.AddDays(2), today.AddDays(-1)
	for _, r := range []requests.Request{
		{Kind: requests.Task, Title: "Nieuwe banner voor Zonvakantie, 600 breed",
			Body: "Met het nieuwe logo.\nGraag met een zomerse foto.", Department: "Vormgeving", Address: "design@publisher.example",
			DueOn: &soon, AboutKind: "campaign", AboutRef: Itoa(d.Campaign.ID)},
		{Kind: requests.Question, Title: "Klopt de commissie van 8%?", AssigneeID: &approver, DueOn: &past},
		{Kind: requests.Fault, Title: "Link in de nieuwsbrief gaf een fout", AssigneeID: &approver},
		{Kind: requests.Idea, Title: "Actie rond Sinterklaas"},
	} {
		r.LabelID = d.Label.ID
		if _, err := d.Deps.Requests.Create(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	for id, state := range map[requests.ID]requests.State{2: requests.InProgress, 3: requests.Done} {
		if _, err := d.Deps.Requests.Update(ctx, id, func(r *requests.Request) error { r.State = state; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Deps.Requests.Comment(ctx, 1, "De foto's staan op de schijf."); err != nil {
		t.Fatal(err)
	}
	return d
}

// OwnTemplate gives the label a template of its own.
func (d *Desk) OwnTemplate() templates.Template {
	d.T.Helper()
	starter := templates.Starters()[1]
	t, err := d.Deps.Templates.Create(approvaltest.As(d.Maker), templates.Template{
		LabelID: d.Label.ID, Name: "Week newsletter", Format: starter.Format, Source: starter.Source,
	})
	if err != nil {
		d.T.Fatal(err)
	}
	return t
}

var LinkInMail = regexp.MustCompile(`http://desk\.example(/signin/reset/\S+)`)

// Mailed returns the link in the mail that waits to be sent to an address.
func (d *Desk) Mailed(to string) string {
	d.T.Helper()
	due, err := d.Notices.Claim(pgtest.Acting(d.T.Context(), "system:notices"), 20)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, n := range due {
		if found := LinkInMail.FindStringSubmatch(n.Body); n.Recipient == to && found != nil {
			return found[1]
		}
	}
	return ""
}

// Segment saves a rule, written as JSON, as its planner.
func (d *Desk) Segment(name, rule string) segments.Segment {
	d.T.Helper()
	s, err := d.Deps.Segments.Create(approvaltest.As(d.Maker), d.Label.ID, name, "", RuleOf(d.T, rule))
	if err != nil {
		d.T.Fatal(err)
	}
	return s
}

func RuleOf(t *testing.T, text string) segments.Rule {
	t.Helper()
	rule, err := segments.ParseRule([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

// AnySegment is the number of a segment of the label.
func (d *Desk) AnySegment() string {
	d.T.Helper()
	page, err := d.Deps.Segments.List(context.Background(), segments.Filter{Labels: []labels.ID{d.Label.ID}, Archived: true}, paging.Ask{})
	if err != nil {
		d.T.Fatal(err)
	}
	if len(page.Items) > 0 {
		return fmt.Sprint(page.Items[0].ID)
	}
	return fmt.Sprint(d.Segment("Iedereen", `{"all":[]}`).ID)
}

// People gives the label members of whom more is known: every second one is a
// woman, every third lives in Utrecht, and interests and birthdays go round.
func (d *Desk) People(n int) {
	d.T.Helper()
	ctx := approvaltest.As(d.Maker)
	for name, typ := range map[string]members.Type{"gender": "text", "city": "text", "birth_date": "date", "interests": "set",
		"points": "number", "newsletter": "bool"} {
		if _, err := d.Members.Declare(ctx, d.Label.ID, name, typ); err != nil {
			d.T.Fatal(err)
		}
	}
	cities, interests := []string{"Utrecht", "Amsterdam", "Den Haag"}, []string{"travel", "fashion", "home", "sport"}
	for i := range n {
		_, err := d.Members.Create(ctx, members.Newcomer{
			Label:   d.Label.ID,
			Address: fmt.Sprintf("mens%d@post.example", i+1),
			Source:  "site",
			Attributes: map[string]any{
				"gender":    []string{"f", "m"}[i%2],
				"city":      cities[i%3],
				"interests": []any{interests[i%4], interests[(i+1)%4]},
				"birth_date": civil.Date{Year: 1960 + i%45, Month: 1, Day: 1}.AddDays(i * 7).
					String(),
				"points":     float64(i * 10),
				"newsletter": i%2 == 0,
			},
			Consents: []members.Consent{
				{Kind: members.MailConsent, Given: true, At: d.Clock.Now(), Statement: "Ja, mail mij acties.", Source: "site"},
			},
		})
		if err != nil {
			d.T.Fatal(err)
		}
	}
}

// rule is the form of a rule: condition by condition under one group.
func RuleValues(group string, conditions ...map[string]string) url.Values {
	form := url.Values{"rule.group": {group}}
	for i, c := range conditions {
		for name, value := range c {
			form[fmt.Sprintf("rule.%d.%s", i, name)] = strings.Split(value, "|")
		}
	}
	return form
}

// Series makes a series after joining of the mailings.
func Series(d *Desk, name string, steps ...mailings.ID) series.ID {
	d.T.Helper()
	as := approvaltest.As(d.Maker)
	store := series.NewStore(d.DB, d.Clock)
	made, err := store.Create(as, series.Series{LabelID: d.Label.ID, Name: name, After: series.Joined})
	if err != nil {
		d.T.Fatal(err)
	}
	for _, step := range steps {
		if err := store.Add(as, made.ID, step); err != nil {
			d.T.Fatal(err)
		}
	}
	return made.ID
}
