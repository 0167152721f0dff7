package api

import (
	"net/http"
	"strings"
	"testing"

	"keur/internal/paging"
	"keur/members"
)

// What people call the values of an attribute is set whole, and said where a rule is
// explained.
func TestValuesHaveWordsByPrograms(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.want(http.StatusOK, o.call("Mara", "PUT", "/labels/1/attributes/level", `{"type":"text"}`), nil)
	words := "/labels/1/attributes/level/words"
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "PUT", words, `{"words":[{"value":"gold","nl":"a"},{"value":"gold","nl":"b"}]}`), nil)
	var found paging.Page[members.ValueWord]
	o.want(http.StatusOK, o.call("Mara", "PUT", words, `{"words":[{"value":"gold","nl":"goud"},{"value":"x"}]}`), &found)
	if len(found.Items) != 1 || found.Items[0].NL != "goud" {
		t.Errorf("%+v", found)
	}
	o.want(http.StatusOK, o.call("Mara", "GET", words, nil), &found)
	said := o.call("Mara", "POST", "/labels/1/segments/explain", `{"rule":{"attribute":"level","op":"is","value":"gold"},"locale":"nl"}`)
	if said.status != http.StatusOK || !strings.Contains(said.body, "level is goud") {
		t.Errorf("%d %s", said.status, said.body)
	}
	o.want(http.StatusNotFound, o.call("Mara", "PUT", "/labels/1/attributes/none/words", `{"words":[]}`), nil)
}
