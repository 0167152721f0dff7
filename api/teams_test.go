package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/authors"
	"keur/mailings"
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
	who := func() string {
		var steps []approval.Deciders
		o.want(http.StatusOK, o.call("Mara", "GET", path+"/deciders", nil), &steps)
		last := steps[len(steps)-1]
		var can, not []string
		for _, c := range last.Can {
			can = append(can, c.Name)
		}
		for _, c := range last.Cannot {
			not = append(not, c.Name+" "+fmt.Sprint(c.Why))
		}
		return strings.Join(can, " ") + "; " + strings.Join(not, " ")
	}
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
		"deputy_id": o.Colleague.ID, "starts_at": o.Clock.Now(), "ends_at": o.Clock.Now().AddDate(0, 0, 7),
	}), nil)
	if got := who(); !strings.HasPrefix(got, "Coen; Tess [is away until") {
		t.Errorf("with the template approved and Tess away, who can approve: %s", got)
	}
	round := o.submit("Mara", path, r)
	o.askClient(round)
	review := fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Colleague))
	o.look("Coen", review)
	body := map[string]any{"digest": round.Digest, "for": o.Third.ID}
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
