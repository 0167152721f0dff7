package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/certificates"
	"keur/internal/paging"
)

func TestCertificate(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	_, round := o.approved()
	address := fmt.Sprintf("/rounds/%d/certificate", round.ID)
	var c certificates.Certificate
	o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &c)
	var by []string
	for _, step := range c.Steps {
		by = append(by, step.Name)
		if step.TrailSeq == 0 {
			t.Errorf("the trail doesn't record the %s's verdict", step.Step)
		}
	}
	if fmt.Sprint(by) != "[Mara Anna Coen]" || c.Digest != round.Digest || c.State != approval.RoundApproved || c.Audience != 3 {
		t.Errorf("it certifies %+v", c)
	}
	pdf := o.want(http.StatusOK, o.call("Mara", "GET", address+".pdf", nil), nil)
	if !strings.HasPrefix(pdf.body, "%PDF-") || !strings.Contains(pdf.body[len(pdf.body)-10:], "%%EOF") ||
		pdf.header.Get("Content-Type") != "application/pdf" || pdf.header.Get("Content-Disposition") == "" {
		t.Errorf("%v, %d bytes", pdf.header, len(pdf.body))
	}
}

func TestTheTrailIsReadAndProven(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.approved()
	var whole verified
	o.want(http.StatusOK, o.call("admin", "POST", "/audit/verify", nil), &whole)
	// Page by page from the newest back, nothing twice and nothing left out.
	next, expect := "", whole.Entries
	for {
		var part paging.Page[approval.Entry]
		o.want(http.StatusOK, o.call("admin", "GET", "/audit?limit=7&cursor="+next, nil), &part)
		for _, entry := range part.Items {
			if entry.Seq != expect {
				t.Fatalf("entry %d stands where %d is expected", entry.Seq, expect)
			}
			expect--
		}
		if next = part.Next; next == "" {
			break
		}
	}
	if expect != 0 {
		t.Errorf("%d entries are missing", expect)
	}
	tx := o.db.Owner.MustBegin()
	tx.MustExec(`ALTER TABLE audit_log DISABLE TRIGGER ALL`)
	tx.MustExec(`UPDATE audit_log SET detail = '{}' WHERE seq = 3`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	got := o.want(http.StatusConflict, o.call("admin", "POST", "/audit/verify", nil), nil)
	if says := problemOf(t, got); !strings.Contains(says, "row 3 was changed") {
		t.Errorf("of a changed row it says %q", says)
	}
}
