package approval_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// letters returns the subjects of the mails that wait for an address.
func letters(t *testing.T, w *approvaltest.World) map[string][]string {
	t.Helper()
	due, err := w.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, n := range due {
		found[n.Recipient] = append(found[n.Recipient], n.Subject+"\n"+n.Body)
	}
	return found
}

func TestChangesGoBackToTheMaker(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	round = w.ApproveClient(t, round)
	letters(t, w)
	round, err := w.Approval.RequestChanges(approvaltest.As(w.Colleague), w.Step(t, round, approval.Colleague),
		approval.Given{Digest: round.Digest, Reason: "another picture"}, w.Colleague.ID)
	if err != nil || round.State != approval.RoundChanges || round.CloseReason.String() != "another picture" {
		t.Fatalf("%+v, %v", round, err)
	}
	if m, err = w.Mailings.Get(t.Context(), m.ID); err != nil || m.State != mailings.ChangesRequested {
		t.Errorf("the mailing is %s, %v", m.State, err)
	}
	if got := letters(t, w)[w.Maker.Email]; len(got) != 1 || !strings.Contains(got[0], "another picture") {
		t.Errorf("the maker is told %q", got)
	}
	// What nobody changed may be submitted again, in a round of its own.
	if again := w.Submit(t, m, r); again.ID == round.ID || again.State != approval.Open {
		t.Errorf("%+v", again)
	}
	page, err := w.Approval.Rounds(t.Context(), m.ID, paging.Ask{})
	if err != nil || len(page.Items) != 2 || page.Items[1].ID != round.ID || len(page.Items[0].Reviews) != 3 ||
		len(page.Items[0].Authors) != 1 {
		t.Errorf("%+v, %v", page.Items, err)
	}
	if latest, err := w.Approval.Latest(t.Context(), m.ID); err != nil || latest.ID != page.Items[0].ID {
		t.Errorf("the latest is %d, %v", latest.ID, err)
	}
}

func TestTheClientIsWaivedWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := approvaltest.As(w.Third)
	p := policies.Default(w.Label.ID)
	p.ClientWaivable = true
	if _, err := w.Approval.Policies.Set(as, p); err != nil {
		t.Fatal(err)
	}
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	w.LookAt(as, t, round)
	round, err := w.Approval.Waive(as, w.Step(t, round, approval.Client), approval.Given{Reason: "by phone"}, w.Third.ID)
	if err != nil || round.State != approval.Open || len(round.Current()) != 1 || round.Current()[0].Step != approval.Colleague {
		t.Errorf("%+v, %v", round, err)
	}
	if _, err := w.Approval.Links.Issue(as, w.Step(t, round, approval.Client), w.Contact.ID, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("a link to a step that was waived: %v", err)
	}
}

func TestAReminderIsSentOnce(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	letters(t, w)
	as := approvaltest.As(w.Maker)
	client, colleague := w.Step(t, round, approval.Client), w.Step(t, round, approval.Colleague)
	if err := w.Approval.Reminders.Send(as, colleague); !fault.Is(err, fault.Conflict) {
		t.Errorf("before its turn: %v", err)
	}
	if err := w.Approval.Reminders.Send(as, client); err != nil {
		t.Fatal(err)
	}
	if got := letters(t, w)[w.Contact.Email]; len(got) != 1 || !strings.HasPrefix(got[0], "Herinnering") {
		t.Errorf("the contact is told %q", got)
	}
	if err := w.Approval.Reminders.Send(as, client); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second time: %v", err)
	}
	links, err := w.Approval.Links.List(as, client)
	if err != nil || len(links) != 2 || links[0].ContactID != w.Contact.ID || links[0].RevokedAt != nil {
		t.Errorf("%+v, %v", links, err)
	}
	open, err := w.Approval.Open(as, approval.Filter{Step: approval.Client, Advertiser: w.Advertiser.ID,
		Labels: []labels.ID{w.Label.ID}}, paging.Ask{})
	if err != nil || len(open.Items) != 1 || open.Items[0].ID != client {
		t.Errorf("%+v, %v", open.Items, err)
	}
	if none, err := w.Approval.Open(as, approval.Filter{Step: approval.Colleague}, paging.Ask{}); err != nil || len(none.Items) > 0 {
		t.Errorf("%+v, %v", none.Items, err)
	}
}

// TestWhatIsOfferedHolds asks, for each thing that may be withdrawn from under
// a mailing, whether it may be submitted.
func TestWhatIsOfferedHolds(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := approvaltest.As(w.Maker)
	m, r := w.Draft(t, w.Brief(t, slot))
	submit := func() error {
		_, err := w.Approval.Submit(as, m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
		return err
	}
	if _, err := w.Approval.Submit(as, m.ID, r.ID+1, approvaltest.Ticks, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("another revision than the newest: %v", err)
	}
	if _, err := w.Approval.Submit(as, m.ID, r.ID, nil, w.Maker.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("without the checklist: %v", err)
	}
	ends := w.Campaign.EndsOn
	if _, err := w.Campaigns.Update(as, w.Campaign.ID, func(c *campaigns.Campaign) error {
		c.EndsOn = civil.Date{Year: 2026, Month: 11, Day: 23}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := submit(); !fault.Is(err, fault.Conflict) {
		t.Errorf("of a campaign that has ended: %v", err)
	}
	if _, err := w.Campaigns.Update(as, w.Campaign.ID, func(c *campaigns.Campaign) error { c.EndsOn = ends; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Advertisers.UpdateContact(as, w.Contact.ID,
		func(c *campaigns.Contact) error { c.MayApprove = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := submit(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "nobody can approve for Zonvakantie") {
		t.Errorf("without a contact: %v", err)
	}
	told := w.Brief(t, slot)
	told.Placements[0].Gmail = true
	r = w.Edit(t, m, r.ID, told)
	if _, err := w.Campaigns.Update(as, w.Campaign.ID, func(c *campaigns.Campaign) error {
		c.EndsOn = ends.AddDays(-1)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := submit(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Gmail is told") {
		t.Errorf("of days that Gmail is told otherwise: %v", err)
	}
	b := w.Brief(t, slot)
	b.Placements, b.Audience.Segments[0].Rule = nil, segments.Rule{Not: &segments.Rule{All: []segments.Rule{}}}
	house, first := w.Draft(t, b)
	if _, err := w.Approval.Submit(as, house.ID, first.ID, approvaltest.Ticks, w.Maker.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("for nobody: %v", err)
	}
}

// stop plans a send of an approved mailing and stops it.
func stop(t *testing.T, w *approvaltest.World, db pgtest.DB, m mailings.Mailing, change func(*mailings.Send) error) mailings.Send {
	t.Helper()
	local, err := schedules.ParseLocalTime(slot)
	if err != nil {
		t.Fatal(err)
	}
	at := local.In(w.Label.Location())
	db.Owner.MustExec(`SELECT ensure_partitions($1, $1)`, mailings.MonthOf(at))
	var send mailings.Send
	err = postgres.InTx(t.Context(), w.DB, func(tx *sqlx.Tx) error {
		if _, err := w.Sends.Plan(t.Context(), tx, m, local, at, at.AddDate(0, 0, 2)); err != nil {
			return err
		}
		found, err := w.Sends.At(t.Context(), tx, m.ID, local)
		if err != nil {
			return err
		}
		send, err = w.Sends.UpdateIn(t.Context(), tx, found.ID, change)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return send
}

func TestWhoIsToldOfAStop(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, _ := w.Approved(t, w.Brief(t, slot))
	letters(t, w)
	stop(t, w, db, m, func(s *mailings.Send) error {
		return s.Hold(words.Of("hold.drift", "now", 6, "approved", 3), w.Clock.Now())
	})
	for _, want := range []int{1, 0} { // once
		if n, err := w.Approval.Stops.Notify(t.Context()); err != nil || n != want {
			t.Errorf("told of %d, want %d: %v", n, want, err)
		}
	}
	told := letters(t, w)
	for _, u := range []accounts.User{w.Maker, w.Colleague, w.Third} {
		if got := told[u.Email]; len(got) != 1 || !strings.Contains(got[0], "de doelgroep telt nu 6 leden, en 3 zijn goedgekeurd") ||
			!strings.Contains(got[0], approvaltest.DeskURL+"/sends/") {
			t.Errorf("%s is told %q", u.Name, got)
		}
	}
	if len(told) != 3 {
		t.Errorf("others are told too: %v", told)
	}
}

// A send of which nobody can be told keeps no other from being told of.
func TestAStopThatCantBeToldKeepsNoOther(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	var first mailings.Send
	for range 2 {
		m, _ := w.Approved(t, w.Brief(t, slot))
		s := stop(t, w, db, m, func(s *mailings.Send) error {
			return s.Hold(words.Of("hold.drift", "now", 6, "approved", 3), w.Clock.Now())
		})
		if first.ID == 0 {
			first = s
		}
	}
	db.Owner.MustExec(fmt.Sprintf(`ALTER TABLE notices ADD CHECK (key NOT LIKE 'send:%d:%%')`, first.ID))
	if n, err := w.Approval.Stops.Notify(t.Context()); err == nil || n != 1 {
		t.Errorf("told of %d: %v", n, err)
	}
}

func TestTheTrailByKindAndActor(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	w.Approved(t, w.Brief(t, slot))
	kinds, err := w.Approval.Kinds(t.Context())
	if err != nil || len(kinds) < 3 || !strings.Contains(strings.Join(kinds, " "), "approval_reviews") {
		t.Fatalf("%v, %v", kinds, err)
	}
	for name, f := range map[string]approval.AuditFilter{
		"by kind":  {Kind: "approval_reviews", Actor: w.Colleague.ID.Actor()},
		"by name":  {Kind: "approval_reviews", Name: "coen"},
		"by time":  {Kind: "approval_reviews", Name: "coen", From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)},
		"by thing": {Name: "coen", Subject: "approval_reviews:3"},
	} {
		page, err := w.Approval.Audit(t.Context(), f, paging.Ask{})
		if err != nil || len(page.Items) != 1 || page.Items[0].Action != "approval_reviews.update" {
			t.Errorf("%s: %+v, %v", name, page.Items, err)
		}
	}
	if page, err := w.Approval.Audit(t.Context(), approval.AuditFilter{Kind: "approval_reviews", Until: time.Now().Add(-time.Hour)},
		paging.Ask{}); err != nil || len(page.Items) > 0 {
		t.Errorf("before it all: %+v, %v", page.Items, err)
	}
}

func TestTasksThatWereDecided(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, _ := w.Approved(t, w.Brief(t, slot))
	page, err := w.Approval.Tasks(t.Context(), approval.TaskFilter{Decided: true, Name: "winter", Submitter: w.Maker.ID}, paging.Ask{})
	if err != nil || len(page.Items) != 2 || page.Items[0].Step != approval.Colleague || page.Items[0].DecidedBy != "Coen" ||
		page.Items[1].DecidedBy != "Anna" ||
		page.Items[0].MailingID != m.ID || page.Items[1].Advertiser != "Zonvakantie" || page.Items[0].SubmittedBy != "Mara" {
		t.Errorf("%+v, %v", page.Items, err)
	}
}

// A letter that can't be queued keeps the verdict from standing.
func TestAVerdictAndItsLettersStandTogether(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	db.Owner.MustExec(`ALTER TABLE notices ADD CONSTRAINT nothing CHECK (false) NOT VALID`)
	if _, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID); err == nil {
		t.Fatal("it was submitted, and nobody was told")
	}
	if m, err := w.Mailings.Get(t.Context(), m.ID); err != nil || m.State != mailings.Draft {
		t.Errorf("the mailing is %s, %v", m.State, err)
	}
	if _, err := w.Approval.Latest(t.Context(), m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a round stands: %v", err)
	}
}
