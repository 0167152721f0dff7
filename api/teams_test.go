package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/authors"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

const shared = `<!doctype html><html lang="nl"><head><title>{{label.name}}</title></head><body><p>Een eigen begin.</p>
{{placements}}<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p></body></html>`

// TestATeamOfTwoApprovesATemplateAlone: Coen and Tess approve what Mara makes. A
// template of Coen's keeps him from approving her mailing, until Tess approved
// its bytes alone; then he does so while she is away.
func TestATeamOfTwoApprovesATemplateAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	store := templates.NewStore(o.World.DB)
	made, err := store.Create(approvaltest.As(o.Colleague), templates.Template{
		LabelID: o.Label.ID, Name: "Basis", Format: templates.HTML, Source: shared,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := o.Brief(t, slot)
	b.Template = mailings.BriefTemplate{ID: int64(made.ID)}
	var m mailings.Mailing
	o.want(http.StatusCreated, o.call("Mara", "POST", fmt.Sprintf("/labels/%d/mailings", o.Label.ID), `{"name":"W","kind":"solo"}`), &m)
	path := fmt.Sprintf("/mailings/%d", m.ID)
	var r revised
	o.want(http.StatusCreated, o.call("Mara", "POST", path+"/revisions", edition(0, b)), &r)
	who := func() string { return o.whoCan("Mara", path) }
	if got := who(); got != "Tess; Coen [wrote the template “Basis”]" {
		t.Errorf("who can approve: %s", got)
	}
	of := fmt.Sprintf("/templates/%d", made.ID)
	var parts []authors.Shown
	o.want(http.StatusOK, o.call("Tess", "GET", of+"/parts", nil), &parts)
	if len(parts) != 1 || parts[0].Text != shared || parts[0].Before != "" || parts[0].Writers[0] != o.Colleague.ID {
		t.Fatalf("the template's parts are %+v", parts)
	}
	seen := map[string]any{"parts": []authors.Hash{parts[0].Hash}}
	o.want(http.StatusForbidden, o.call("Coen", "POST", of+"/approve", seen), nil)
	o.want(http.StatusForbidden, o.call("Mara", "POST", of+"/approve", seen), nil)
	o.want(http.StatusConflict, o.call("Tess", "POST", of+"/approve", `{"parts":["`+strings.Repeat("ab", 32)+`"]}`), nil)
	o.want(http.StatusOK, o.call("Tess", "POST", of+"/approve", seen), nil)
	o.want(http.StatusOK, o.call("Tess", "GET", of+"/parts", nil), &parts)
	if len(parts[0].Approved) != 1 || parts[0].Approved[0] != o.Third.ID {
		t.Errorf("approved by %v", parts[0].Approved)
	}
	o.want(http.StatusCreated, o.call("Tess", "POST", "/me/deputies", map[string]any{
		"deputy_id": o.Colleague.ID, "from": o.Clock.Now(), "until": o.Clock.Now().AddDate(0, 0, 7),
	}), nil)
	if got := who(); !strings.HasPrefix(got, "Coen; Tess [is away until") {
		t.Errorf("with the template approved and Tess away, who can approve: %s", got)
	}
	round := o.submit("Mara", path, r)
	o.askClient(round)
	review := fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Colleague))
	o.look("Coen", review)
	body := map[string]any{"digest": round.Digest, "deputy_for_id": o.Third.ID}
	o.want(http.StatusOK, o.call("Coen", "POST", review+"/approve", body), &round)
	if round.State != approval.RoundApproved {
		t.Errorf("approved by who wrote the template, the round is %s", round.State)
	}
	// A change takes approval anew, and shows what was approved.
	if _, err := store.Update(approvaltest.As(o.Colleague), made.ID, func(now *templates.Template) error {
		now.Source = strings.Replace(shared, "eigen", "ander", 1)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	o.want(http.StatusConflict, o.call("Tess", "POST", of+"/approve", seen), nil)
	o.want(http.StatusOK, o.call("Tess", "GET", of+"/parts", nil), &parts)
	if parts[0].Before != shared || len(parts[0].Approved) != 0 {
		t.Errorf("changed, the template was %q before, approved by %v", parts[0].Before, parts[0].Approved)
	}
}

// whoCan says who could take the last step of a mailing that the user submits,
// who couldn't and why, and what to do where nobody could.
func (o *office) whoCan(user, path string) string {
	o.t.Helper()
	var steps []approval.Deciders
	o.want(http.StatusOK, o.call(user, "GET", path+"/deciders", nil), &steps)
	last := steps[len(steps)-1]
	var can, not []string
	for _, c := range last.Can {
		can = append(can, c.Name)
	}
	for _, c := range last.Cannot {
		not = append(not, c.Name+" "+fmt.Sprint(c.Why))
	}
	text := strings.Join(can, " ") + "; " + strings.Join(not, " ")
	if nobody := last.Nobody.String(); nobody != "" {
		text += "; " + nobody
	}
	return text
}

// TestATeamOfThreeSharesASegment: Tess wrote the segment that Mara mails to, and
// Coen is away with Tess as deputy: nobody could approve, which Check says and
// submission refuses. A deputy may no more than by herself; once Coen has
// approved her segment alone, she decides for him.
func TestATeamOfThreeSharesASegment(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	rule, err := segments.ParseRule([]byte(`{"attribute": "first_name", "op": "is_not_empty"}`))
	if err != nil {
		t.Fatal(err)
	}
	made, err := segments.NewStore(o.World.DB).Create(approvaltest.As(o.Third), o.Label.ID, "Leden", "", rule)
	if err != nil {
		t.Fatal(err)
	}
	b := o.Brief(t, slot)
	b.Audience.Segments = []segments.SegmentRef{{ID: made.ID}}
	var m mailings.Mailing
	o.want(http.StatusCreated, o.call("Mara", "POST", fmt.Sprintf("/labels/%d/mailings", o.Label.ID), `{"name":"W","kind":"solo"}`), &m)
	path := fmt.Sprintf("/mailings/%d", m.ID)
	var r revised
	o.want(http.StatusCreated, o.call("Mara", "POST", path+"/revisions", edition(0, b)), &r)
	o.want(http.StatusCreated, o.call("Coen", "POST", "/me/deputies", map[string]any{
		"deputy_id": o.Third.ID, "from": o.Clock.Now(), "until": o.Clock.Now().AddDate(0, 0, 7),
	}), nil)
	got := o.whoCan("Mara", path)
	for _, want := range []string{"; Coen [is away until", "Tess [wrote the segment “Leden”]", "and 0 can"} {
		if !strings.Contains(got, want) {
			t.Errorf("who can approve: %s; it lacks %q", got, want)
		}
	}
	o.look("Mara", path)
	refused := o.call("Mara", "POST", path+"/submit", map[string]any{"revision_id": r.ID, "checklist": approvaltest.Ticks})
	if o.want(http.StatusUnprocessableEntity, refused, nil); !strings.Contains(refused.body, "wrote the segment “Leden”") {
		t.Errorf("submission says %s", refused.body)
	}
	of := fmt.Sprintf("/segments/%d", made.ID)
	var parts []authors.Shown
	o.want(http.StatusOK, o.call("Coen", "GET", of+"/parts", nil), &parts)
	if len(parts) != 1 || !strings.Contains(parts[0].Text, "first_name") {
		t.Fatalf("the segment's parts are %+v", parts)
	}
	seen := map[string]any{"parts": []authors.Hash{parts[0].Hash}}
	o.want(http.StatusForbidden, o.call("Tess", "POST", of+"/approve", seen), nil)
	o.want(http.StatusOK, o.call("Coen", "POST", of+"/approve", seen), nil)
	if got := o.whoCan("Mara", path); !strings.HasPrefix(got, "Tess; Coen [is away until") {
		t.Errorf("with the segment approved, who can approve: %s", got)
	}
	round := o.submit("Mara", path, r)
	o.askClient(round)
	review := fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Colleague))
	o.look("Tess", review)
	for name, other := range map[string]accounts.UserID{"the maker": o.Maker.ID, "herself": o.Third.ID} {
		got := o.call("Tess", "POST", review+"/approve", map[string]any{"digest": round.Digest, "deputy_for_id": other})
		if got.status != http.StatusForbidden {
			t.Errorf("for %s: %d", name, got.status)
		}
	}
	o.want(http.StatusOK, o.call("Tess", "POST", review+"/approve",
		map[string]any{"digest": round.Digest, "deputy_for_id": o.Colleague.ID}), &round)
	if round.State != approval.RoundApproved {
		t.Errorf("approved by the deputy, the round is %s", round.State)
	}
}
