package approval_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/web/webtest"
)

func TestCertificatesAreHandedOut(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, round := d.Approved(t, d.Brief(t, webtest.TestSlot))
	s := d.As("viewer")
	path := fmt.Sprintf("/mailings/%d/certificates/%d", m.ID, round.ID)
	if r := s.Get(path); r.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(r.Body, "%PDF") {
		t.Errorf("the PDF is %d %s", r.Status, r.Header.Get("Content-Type"))
	}
	if r := s.Get(path + "?format=json"); !strings.Contains(r.Body, round.Digest.String()) {
		t.Errorf("the JSON is %d %s", r.Status, r.Body)
	}
	other, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	if r := s.Get(fmt.Sprintf("/mailings/%d/certificates/%d", other.ID, round.ID)); r.Status != http.StatusNotFound {
		t.Errorf("another mailing's certificate: %d", r.Status)
	}
}
