package certificates_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/certificates"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings/schedules"
)

const slot = "2026-11-24T10:00"

func newIssuer(t *testing.T) (*approvaltest.World, *certificates.Issuer, pgtest.DB) {
	t.Helper()
	w, db := approvaltest.Fresh(t, 3)
	return w, &certificates.Issuer{
		Clock: w.Clock, Approval: w.Approval.Store, Mailings: w.Mailings, Accounts: w.Accounts, Advertisers: w.Advertisers,
	}, db
}

func TestACertificateSaysWhoApprovedWhatWhen(t *testing.T) {
	t.Parallel()
	w, issuer, _ := newIssuer(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mailing.ID != m.ID || c.Revision != 1 || c.Digest != round.Digest || c.State != approval.RoundApproved || c.Audience != 3 ||
		c.Label != "Spaarzegel" || c.Schedule != slot || c.TimeZone != "Europe/Amsterdam" || !c.IssuedAt.Equal(w.Clock.Now()) {
		t.Errorf("it certifies %+v", c)
	}
	if len(c.Placements) != 1 || c.Placements[0].Advertiser != "Zonvakantie" || c.Placements[0].Campaign != "Winterzon" ||
		c.Placements[0].Terms[0].String() != "CPS 8.00%" {
		t.Errorf("its placements are %+v", c.Placements)
	}
	want := []string{
		fmt.Sprintf("maker  approved by Mara (user:%d)", w.Maker.ID),
		fmt.Sprintf("client Zonvakantie approved by Anna (contact:%d)", w.Contact.ID),
		fmt.Sprintf("colleague  approved by Coen (user:%d)", w.Colleague.ID),
	}
	for i, step := range c.Steps {
		if got := fmt.Sprintf("%s %s %s by %s (%s)", step.Step, step.Advertiser, step.Verdict, step.Name, step.DecidedBy); got != want[i] ||
			step.At == nil {
			t.Errorf("step %d is %q at %v, want %q", i, got, step.At, want[i])
		}
		if !slices.ContainsFunc(c.Trail, func(e approval.Entry) bool { return e.Seq == step.TrailSeq }) {
			t.Errorf("the trail has no entry %d of the %s's verdict", step.TrailSeq, step.Step)
		}
	}
	if !slices.IsSortedFunc(c.Trail, func(a, b approval.Entry) int { return int(a.Seq - b.Seq) }) {
		t.Error("the trail isn't in its order")
	}
}

func TestAStepThatIsPendingNamesNobody(t *testing.T) {
	t.Parallel()
	w, issuer, _ := newIssuer(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range c.Steps[1:] {
		if step.Verdict != approval.Pending || step.Name != "" || step.DecidedBy != "" || step.At != nil || step.TrailSeq != 0 {
			t.Errorf("a pending step is certified as %+v", step)
		}
	}
}

func TestAWaiverIsCertifiedWithItsReason(t *testing.T) {
	t.Parallel()
	w, issuer, _ := newIssuer(t)
	policy := policies.Default(w.Label.ID)
	policy.ClientWaivable = true
	if _, err := w.Approval.Policies.Set(approvaltest.As(w.Third), policy); err != nil {
		t.Fatal(err)
	}
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	w.LookAt(approvaltest.As(w.Third), t, round)
	if _, err := w.Approval.Waive(approvaltest.As(w.Third), w.Step(t, round, approval.Client),
		approval.Given{Reason: "by phone"}, w.Third.ID); err != nil {
		t.Fatal(err)
	}
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	if step := c.Steps[1]; step.Verdict != approval.Waived || step.Name != "Tess" || step.Reason != "by phone" || step.TrailSeq == 0 {
		t.Errorf("the waiver is certified as %+v", step)
	}
}

// A client who was asked for the code of their link is certified with it, and
// the trail says that it was mailed and given.
func TestACertificateSaysThatACodeWasGiven(t *testing.T) {
	t.Parallel()
	w, issuer, db := newIssuer(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, client_code) VALUES ($1, true)`, w.Label.ID)
	})
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	step := c.Steps[1]
	if step.ProvenBy != "link_code" || step.LinkCode == nil || step.LinkCode.GivenAt.Before(step.LinkCode.MailedAt) {
		t.Fatalf("certified as %+v", step)
	}
	var told []string
	for _, e := range c.Trail {
		if e.Subject == fmt.Sprintf("approval_link_codes:%d", step.LinkCode.ID) {
			told = append(told, e.Action+" by "+string(e.Actor))
		}
	}
	who := w.Contact.ID.Actor()
	if want := []string{"approval_link_codes.insert by " + who, "approval_link_codes.update by " + who}; !slices.Equal(told, want) {
		t.Errorf("the trail tells %q, want %q", told, want)
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil || !strings.Contains(textOf(t, pdf.Bytes()), "code mailed there") {
		t.Errorf("the PDF says nothing of the code: %v", err)
	}
}

// Who approved keeps on a certificate the name that they had then.
func TestACertificateKeepsNames(t *testing.T) {
	t.Parallel()
	w, issuer, _ := newIssuer(t)
	_, round := w.Approved(t, w.Brief(t, slot))
	if _, err := w.Accounts.Update(approvaltest.As(w.Third), w.Colleague.ID,
		func(u *accounts.User) error { u.Name = "Coen de Wit"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Advertisers.UpdateContact(approvaltest.As(w.Third), w.Contact.ID,
		func(c *campaigns.Contact) error { c.Name = "Anna Bos"; return nil }); err != nil {
		t.Fatal(err)
	}
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"Mara", "Anna", "Coen"} {
		if c.Steps[i].Name != want {
			t.Errorf("the %s is %s on the certificate, want %s", c.Steps[i].Step, c.Steps[i].Name, want)
		}
	}
	if _, _, err := w.Approval.VerifyAudit(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestNothingElseIsCertified(t *testing.T) {
	t.Parallel()
	w, issuer, db := newIssuer(t)
	_, round := w.Approved(t, w.Brief(t, slot))
	if _, err := issuer.Issue(t.Context(), round.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("of a round that isn't there: %v", err)
	}
	tx := db.Owner.MustBegin()
	tx.MustExec(`ALTER TABLE revisions DISABLE TRIGGER ALL`)
	tx.MustExec(`UPDATE revisions SET content = convert_to(replace(convert_from(content, 'UTF8'), 'winterzon', 'zomerzon'), 'UTF8')`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := issuer.Issue(t.Context(), round.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("of content that was changed behind the digest: %v", err)
	}
}

func TestACertificateSaysWhenItGoesOut(t *testing.T) {
	t.Parallel()
	for want, schedule := range map[string]schedules.Schedule{
		"cron 0 10 * * 2": {Kind: schedules.Recurring, Cron: "0 10 * * 2"},
		"daily at 10:00, 3 days after a member joined": {
			Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: 3, Time: "10:00"},
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			w, issuer, _ := newIssuer(t)
			b := w.Brief(t, slot)
			b.Schedule = schedule
			m, r := w.Draft(t, b)
			round := w.Submit(t, m, r)
			c, err := issuer.Issue(t.Context(), round.ID)
			if err != nil || c.Schedule != want {
				t.Errorf("it goes out %q, want %q: %v", c.Schedule, want, err)
			}
			if len(c.Slots) < 2 || !slices.Equal(c.Slots, round.Slots) || c.Ceiling == nil || *c.Ceiling != *round.Ceiling {
				t.Errorf("it certifies %d slots of %d, and at most %v members of %v", len(c.Slots), len(round.Slots), c.Ceiling,
					round.Ceiling)
			}
			if err := c.PDF(io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACertificateKeepsTheNameOfTheLabel(t *testing.T) {
	t.Parallel()
	w, issuer, _ := newIssuer(t)
	_, round := w.Approved(t, w.Brief(t, slot))
	if _, err := w.Labels.Update(approvaltest.As(w.Third), w.Label.ID,
		func(l *labels.Label) error { l.Name = "Another"; return nil }); err != nil {
		t.Fatal(err)
	}
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var read certificates.Certificate
	if err := json.Unmarshal(written, &read); err != nil || read.Label != "Spaarzegel" || read.Digest != round.Digest {
		t.Errorf("the label was Spaarzegel when it approved, and is %q on paper: %v", read.Label, err)
	}
}

// TestACertificateSaysWhoLetItGoOn: how they proved to be who they are, and
// whether it was by a token; also of a new slot.
func TestACertificateSaysWhoLetItGoOn(t *testing.T) {
	t.Parallel()
	w, issuer, db := newIssuer(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	send := `INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, deadline_at)
		SELECT $1, $2, label_id, slot_local, slot_at, date_trunc('month', slot_at AT TIME ZONE 'UTC'), slot_at + interval '2 days'
		  FROM approval_slots, mailings WHERE mailings.id = $1`
	db.App.MustExec(send, m.ID, round.RevisionID)
	hold := `UPDATE sends SET state = 'held', held_reason = '{"key": "hold.bounces", "args": {"percent": 7}}'`
	db.App.MustExec(hold)
	release := `UPDATE sends SET state = 'preflight', released_by = ` + fmt.Sprint(w.Colleague.ID)
	token, _, err := accounts.NewTokens(w.Accounts).Create(approvaltest.As(w.Colleague), w.Colleague.ID,
		accounts.Grant{Name: "script", Scopes: accounts.Scopes{accounts.ScopeApprove}})
	if err != nil {
		t.Fatal(err)
	}
	by := func(ctx context.Context, sql string) {
		t.Helper()
		if err := postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, sql)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	script := postgres.WithCredential(t.Context(), w.Colleague.ID.Actor(), postgres.ByToken, token)
	w.LookAt(script, t, round) // a program looks for itself
	by(script, release)
	db.App.MustExec(hold)
	by(approvaltest.As(w.Colleague), release)
	db.App.MustExec(`UPDATE sends SET state = 'missed'`)
	by(approvaltest.As(w.Colleague), `INSERT INTO send_new_slots (send_id, slot_local, slot_at, user_id)
		SELECT id, slot_local + interval '1 day', slot_at + interval '1 day', `+fmt.Sprint(w.Colleague.ID)+` FROM sends`)

	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil || len(c.Clearances) != 3 {
		t.Fatalf("%d clearances let it go on: %v", len(c.Clearances), err)
	}
	for i, want := range []struct {
		proven string
		token  bool
		reason string
	}{{"token", true, "hold.bounces"}, {"process", false, "hold.bounces"}, {"process", false, ""}} {
		d := c.Clearances[i]
		if d.ProvenBy != want.proven || (d.Token != nil) != want.token || d.Reason.Key != want.reason || d.Name != w.Colleague.Name ||
			!slices.ContainsFunc(c.Trail, func(e approval.Entry) bool { return e.Seq == d.TrailSeq }) {
			t.Errorf("clearance %d is %+v, want %+v", i, d, want)
		}
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil {
		t.Fatal(err)
	}
	if said := textOf(t, pdf.Bytes()); !strings.Contains(said, "proven by token") || !strings.Contains(said, "new slot") {
		t.Errorf("the PDF says %s", said)
	}
}

// TestACertificateNamesWhatCarried: of a client who wasn't asked again it says what
// they approved when, by whose name, with the entry of the trail.
func TestACertificateNamesWhatCarried(t *testing.T) {
	t.Parallel()
	s, _ := approvaltest.NewNewsletter(t)
	s.Brief.Placements[1].Button = "Kijk nu"
	round := s.ApproveAll(t, s.Put(t))
	issuer := certificates.Issuer{
		Clock: s.Clock, Approval: s.Approval.Store, Mailings: s.Mailings, Accounts: s.Accounts, Advertisers: s.Advertisers,
	}
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	from := c.Steps[1].From
	if c.Steps[1].Verdict != approval.Carried || from == nil || from.Number != 1 || from.Name != "Anna" ||
		from.Address != s.Contact.Email || !from.Stands {
		t.Fatalf("it certifies %+v", c.Steps[1])
	}
	told := map[int64]string{}
	for _, entry := range c.Trail {
		told[entry.Seq] = entry.Action
	}
	if told[from.TrailSeq] != "approval_reviews.update" || !slices.Contains(slices.Collect(maps.Values(told)), "carried_verdicts.insert") {
		t.Errorf("the trail has %v, and the verdict is entry %d", told, from.TrailSeq)
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil || !strings.Contains(textOf(t, pdf.Bytes()), "approved as revision 1 by Anna") {
		t.Errorf("on paper it isn't named: %v", err)
	}
}
