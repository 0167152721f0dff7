package public_test

import (
	"fmt"
	"testing"

	"keur/tracking"
)

func TestRequestsAreCountedByTheNameOfTheirRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.get(h.path("/c/", tracking.Click, 1, 0))
	h.get("/c/forged")
	h.get("/nowhere")
	families, err := h.metrics.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "keur_public_request_seconds" {
		t.Fatalf("%v, %v", families, err)
	}
	seen := map[string]uint64{}
	for _, m := range families[0].GetMetric() {
		said := ""
		for _, label := range m.GetLabel() {
			said += fmt.Sprintf("%s=%s ", label.GetName(), label.GetValue())
		}
		seen[said] = m.GetHistogram().GetSampleCount()
	}
	for _, want := range []string{"method=GET route=click status=302 ", "method=GET route=click status=404 ",
		"method=other route=other status=404 "} {
		if seen[want] != 1 {
			t.Errorf("%s is counted %d times of %v", want, seen[want], seen)
		}
	}
}
