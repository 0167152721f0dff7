package authors_test

import (
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
