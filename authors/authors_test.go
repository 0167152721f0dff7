package authors_test

import (
	"encoding/json"
	"slices"
	"testing"

	"keur/accounts"
	"keur/authors"
	"keur/internal/fault"
)

const (
	ann accounts.UserID = iota + 1
	ben
	cleo
)

func ids(of ...accounts.UserID) []accounts.UserID { return of }

func TestWhoCountsAsAuthor(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		parts []authors.Part
		want  []accounts.UserID
	}{
		"whoever wrote it":                     {[]authors.Part{{Writers: ids(ann)}}, ids(ann)},
		"not whose bytes another one approved": {[]authors.Part{{Writers: ids(ann), Approved: ids(ben)}}, nil},
		"nobody clears their own bytes":        {[]authors.Part{{Writers: ids(ann), Approved: ids(ann)}}, ids(ann)},
		"each writer by another one":           {[]authors.Part{{Writers: ids(ann, ben), Approved: ids(ben)}}, ids(ben)},
		"one part that nobody approved is enough": {[]authors.Part{
			{Writers: ids(ann), Approved: ids(ben)}, {Writers: ids(ann)}, {Writers: ids(cleo)}, {Writers: ids(ann)},
		}, ids(ann, cleo)},
		"what nobody wrote": {[]authors.Part{{}}, nil},
	} {
		if got := authors.Writers(try.parts); !slices.Equal(got, try.want) {
			t.Errorf("%s: %v, want %v", name, got, try.want)
		}
	}
}

func TestNobodyApprovesTheirOwnPart(t *testing.T) {
	t.Parallel()
	part := authors.Part{Writers: ids(ann, ben), Approved: ids(cleo)}
	for who, may := range map[accounts.UserID]bool{ann: false, ben: false, cleo: true} {
		if err := part.Refuses(who); (err == nil) != may || err != nil && !fault.Is(err, fault.Forbidden) {
			t.Errorf("user %d: %v", who, err)
		}
	}
}

// A part is named by its bytes wherever it is written, and nothing else is taken
// for such a name.
func TestHashesAreTakenWhole(t *testing.T) {
	t.Parallel()
	want := authors.Hash{0: 0xab, 31: 1}
	text, err := want.MarshalText()
	if err != nil || string(text) != want.String() || len(text) != 64 {
		t.Fatalf("%s, %v", text, err)
	}
	var read, scanned authors.Hash
	if err := read.UnmarshalText(text); err != nil || read != want {
		t.Errorf("read %s, %v", read, err)
	}
	if err := scanned.Scan(want[:]); err != nil || scanned != want {
		t.Errorf("scanned %s, %v", scanned, err)
	}
	for _, wrong := range []string{"", string(text[:62]), string(text) + "00", "x" + string(text[1:])} {
		if err := read.UnmarshalText([]byte(wrong)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for _, wrong := range []any{nil, "ab", want[:31]} {
		if err := scanned.Scan(wrong); err == nil {
			t.Errorf("%v is scanned", wrong)
		}
	}
}

// Users are told as the trail names them, and nobody else is read.
func TestUsersAreNamedAsOnTheTrail(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(authors.Users{ann, cleo})
	if err != nil || string(text) != `["user:1","user:3"]` {
		t.Fatalf("%s, %v", text, err)
	}
	var read authors.Users
	if err := json.Unmarshal(text, &read); err != nil || !slices.Equal(read, authors.Users{ann, cleo}) {
		t.Errorf("%v, %v", read, err)
	}
	for _, wrong := range []string{`["system:x"]`, `[7]`, `"user:1"`} {
		if err := json.Unmarshal([]byte(wrong), &read); err == nil {
			t.Errorf("%s is read as %v", wrong, read)
		}
	}
}
