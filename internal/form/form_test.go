package form_test

import (
	"fmt"
	"strings"
	"testing"

	"keur/internal/form"
	"keur/internal/pgtest"
)

var texts = map[string]bool{
	"Week 47": true, "Café Überraschung №1 – „Angebot“": true, "a": true, "👩‍👩‍👧 weekend": true, "می‌خواهم": true, "<b>&amp;": true,
	strings.Repeat("é", 120): true, "a  b": true,
	"": false, " ": false, " a": false, "a ": false, "\u00a0a": false, "a\u3000": false, strings.Repeat("é", 121): false,
	"a\nb": false, "a\rb": false, "a\tb": false, "a\x00": false, "a\x7f": false, "a\u0085b": false, "a\u2028b": false, "a\u2029b": false,
	"a\u202egnp.exe": false, "a\u2066b": false, "a\u200fb": false, "a\u061cb": false, "a\u200bb": false, "a\u00adb": false,
	"a\ufeffb": false, "a\u2063b": false, "a\ue000b": false, "a\ufffeb": false, "a\U000e0041b": false, "a\U0010ffffb": false,
	"a\xffb": false,
}

func TestName(t *testing.T) {
	t.Parallel()
	for text, want := range texts {
		if got := form.Name(text); got != want {
			t.Errorf("%q is a name: %t", text, got)
		}
		if text != "" && len([]rune(text)) <= form.MaxName && form.Line(text, form.MaxName) != want {
			t.Errorf("%q is a line: %t", text, !want)
		}
	}
	if !form.Line("", 1) || form.Line("ab", 1) || !form.Lines("a\n b\n", 5) || form.Lines("a\n b\n", 4) || form.Lines("a\r\n", 9) ||
		form.Lines("a\u202e", 9) {
		t.Error("lines have other forms")
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" a ": "a", "": "", strings.Repeat("é", 130): strings.Repeat("é", 120), strings.Repeat("a", 119) + " bc": strings.Repeat("a", 119),
	} {
		if got := form.Cut(text); got != want {
			t.Errorf("%q is cut to %q", text, got)
		}
	}
}

// TestTidyIsTheSameInTheDatabase: what Tidy makes of a text is tidy there, and what
// it would change isn't.
func TestTidyIsTheSameInTheDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for text, want := range map[string]string{
		"Nee.": "Nee.", " a\r\n\tb \n": "a\n b", "\u200b\u2060": "", "\n \u3000": "", "a\u202eb": "ab", "\ufeff": "", "": "",
		"a\n\nb": "a\n\nb",
		"\u00ad": "", "e\u0301 \u200d": "e\u0301 \u200d", "\U000e0041": "", "\x7f": "", "\u2028": "",
	} {
		tidy := form.Tidy(text)
		if tidy != want {
			t.Errorf("%q becomes %q, not %q", text, tidy, want)
		}
		var before, after, long bool
		if err := db.QueryRow(`SELECT is_tidy($1, 4000), is_tidy($2, 4000), is_tidy($2, char_length($2) - 1)`, text, tidy).
			Scan(&before, &after, &long); err != nil || before != (tidy == text) || !after || long {
			t.Errorf("to PostgreSQL %q is tidy: %t, and %q: %t, if shorter: %t, %v", text, before, tidy, after, long, err)
		}
	}
}

// TestNameIsTheSameInTheDatabase compares both sayings of the rule, each
// character of the planes that Unicode fills, and some of the others, before and
// between others.
func TestNameIsTheSameInTheDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for text, want := range texts {
		var got bool
		if strings.ContainsAny(text, "\x00\xff") {
			continue // PostgreSQL takes no such text at all
		}
		if err := db.Get(&got, `SELECT is_name($1)`, text); err != nil || got != want {
			t.Errorf("%q is a name to PostgreSQL: %t, %v", text, got, err)
		}
	}
	const filled, tags, last = 0x323AF, 0xE0000, 0xE0100 // the ideographs end, and what is behind the planes that are empty
	for _, pattern := range []string{"%sx", "x%sx"} {
		var found []int32
		if err := db.Select(&found, `
			SELECT n FROM generate_series(1, $2::int) n
			 WHERE n NOT BETWEEN 55296 AND 57343 AND (n <= $3 OR n >= $4 OR n % 97 = 0) AND is_name(format($1, chr(n))) ORDER BY n`,
			pattern, last, filled, tags); err != nil {
			t.Fatal(err)
		}
		at := 0
		for n := rune(1); n <= last; n++ {
			if n >= 0xD800 && n <= 0xDFFF || n > filled && n < tags && n%97 != 0 {
				continue
			}
			inDatabase := at < len(found) && found[at] == n
			if inDatabase {
				at++
			}
			if want := form.Name(fmt.Sprintf(pattern, string(n))); want != inDatabase {
				t.Errorf("U+%04X in %q: %t here, %t in PostgreSQL", n, pattern, want, inDatabase)
			}
		}
	}
}

// What comes from elsewhere fits a line, however it came.
func TestFit(t *testing.T) {
	t.Parallel()
	for text := range texts {
		if got := form.Fit(text, 20); !form.Line(got, 20) {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := form.Fit(" Retour\nvan klant\u202e ", 100); got != "Retour van klant" {
		t.Errorf("a reason becomes %q", got)
	}
}
