package comments

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/fault/faulttest"
)

func percent(n float64) *float64 { return &n }

// TestCommentsSaySomethingWithinTheMail tries the bounds of a comment.
func TestCommentsSaySomethingWithinTheMail(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		comment Comment
		fields  string // that are wrong
	}{
		"of the mail as a whole":     {Comment{Body: "Mooi."}, ""},
		"at a place":                 {Comment{Body: "Mooi.", Element: "body>p", X: percent(12.5), Y: percent(80)}, ""},
		"in a corner":                {Comment{Body: "Mooi.", X: percent(0), Y: percent(100)}, ""},
		"as long as may be":          {Comment{Body: strings.Repeat("é", 4000)}, ""},
		"longer":                     {Comment{Body: strings.Repeat("é", 4001)}, "body"},
		"of nothing":                 {Comment{Body: " \n"}, "body"},
		"of nothing that is seen":    {Comment{Body: "\u200b\u2060"}, "body"},
		"pinned by half":             {Comment{Body: "Mooi.", X: percent(1)}, "place"},
		"pinned by the other half":   {Comment{Body: "Mooi.", Y: percent(1)}, "place"},
		"left of the mail":           {Comment{Body: "Mooi.", X: percent(-0.1), Y: percent(1)}, "place"},
		"below the mail":             {Comment{Body: "Mooi.", X: percent(1), Y: percent(100.1)}, "place"},
		"at an element, but nowhere": {Comment{Body: "Mooi.", Element: "body>p"}, "place"},
		"at the deepest element":     {Comment{Body: "Mooi.", Element: strings.Repeat("p", 1000), X: percent(1), Y: percent(1)}, ""},
		"at a deeper one":            {Comment{Body: "Mooi.", Element: strings.Repeat("p", 1001), X: percent(1), Y: percent(1)}, "place"},
		"at a field":                 {Comment{Body: "Mooi.", Field: "subject"}, ""},
		"at a placement":             {Comment{Body: "Mooi.", Field: OfPlacement("p1")}, ""},
		"at no field":                {Comment{Body: "Mooi.", Field: "digest"}, "field"},
		"at no placement":            {Comment{Body: "Mooi.", Field: "placement:"}, "field"},
		"of nothing, and outside":    {Comment{X: percent(101), Y: percent(1)}, "body place"},
	} {
		err := try.comment.Validate()
		if fields := faulttest.Paths(err); strings.Join(fields, " ") != try.fields || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestThreadsKeepTheOrder puts answers below what they answer, and leaves out one
// to what isn't there.
func TestThreadsKeepTheOrder(t *testing.T) {
	t.Parallel()
	one, two, gone := ID(1), ID(2), ID(9)
	got := threads([]Comment{
		{ID: 1}, {ID: 2}, {ID: 3, AnswersID: &two}, {ID: 4, AnswersID: &one}, {ID: 5, AnswersID: &gone}, {ID: 6, AnswersID: &two}, {ID: 7},
	})
	var said []ID
	for _, thread := range got {
		said = append(said, -thread.ID)
		for _, answer := range thread.Answers {
			said = append(said, answer.ID)
		}
	}
	if want := []ID{-1, 4, -2, 3, 6, -7}; !slices.Equal(said, want) {
		t.Errorf("threads are %v, not %v", said, want)
	}
}

// TestOnlyAPinnedQuestionIsOpen: what is pinned holds approval up until it is
// answered or resolved.
func TestOnlyAPinnedQuestionIsOpen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	pinned := Comment{X: percent(1), Y: percent(2)}
	resolved := pinned
	resolved.ResolvedAt = &at
	for name, try := range map[string]struct {
		thread Thread
		open   bool
	}{
		"pinned":             {Thread{Comment: pinned}, true},
		"of the whole mail":  {Thread{}, false},
		"answered":           {Thread{Comment: pinned, Answers: []Comment{{Actor: "user:2"}}}, false},
		"by who asked":       {Thread{Comment: pinned, Answers: []Comment{{}}}, true},
		"resolved":           {Thread{Comment: resolved}, false},
		"resolved, answered": {Thread{Comment: resolved, Answers: []Comment{{}}}, false},
	} {
		if try.thread.Open() != try.open {
			t.Errorf("%s is open: %t", name, !try.open)
		}
	}
}
