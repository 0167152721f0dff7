package words

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func open(t *testing.T) *Book {
	t.Helper()
	book, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// Screens bring messages of their own, in a file each family or one for all.
func TestOpenJoinsFolders(t *testing.T) {
	t.Parallel()
	const hello = "en = \"hello {who}\"\nnl = \"hoi {who}\"\nde = \"hallo {who}\"\n"
	book, err := Open(
		fstest.MapFS{"messages/parting.toml": {Data: []byte("[hello]\n" + hello)}},
		fstest.MapFS{"messages.toml": {Data: []byte("[greeting.hello]\n" + hello + "[greeting.\"not found\"]\n" + hello)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"parting.hello", "greeting.hello", "greeting.not found"} {
		if got := book.In("nl").T(key, "who", "Jan"); got != "hoi Jan" {
			t.Errorf("%s: %s", key, got)
		}
	}
	for name, text := range map[string]string{
		"a language lacks":     "[greeting.hello]\nen = \"hello\"\n",
		"a key is there twice": "[step.maker]\n" + hello,
		"an unknown language":  "[greeting.hello]\n" + hello + "fr = \"salut\"\n",
		"no TOML":              "[greeting",
	} {
		if _, err := Open(fstest.MapFS{"messages.toml": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: the book was opened", name)
		}
	}
}

// A place that one language fills and another leaves out is a mistake of the
// translator's.
func TestLanguagesAgreeOnPlaces(t *testing.T) {
	t.Parallel()
	book := open(t)
	for _, key := range book.Keys() {
		english := book.messages["en"][key].places()
		for _, locale := range Locales() {
			places := book.messages[locale][key].places()
			if got, want := slices.Sorted(maps.Keys(places)), slices.Sorted(maps.Keys(english)); !slices.Equal(got, want) {
				t.Errorf("%s: %s fills %v, en %v", key, locale, got, want)
			}
			if letter, is := strings.CutSuffix(key, "_subject"); is && !strings.Contains(key, "mailing") {
				for name := range places {
					if _, in := book.messages[locale][letter].places()[name]; !in {
						t.Errorf("%s: the subject fills %s, and the letter doesn't", key, name)
					}
				}
			}
			for name, format := range places {
				if !known(book, format) {
					t.Errorf("%s in %s writes %s as %s, which is no format and no family", key, locale, name, format)
				}
			}
		}
	}
}

// known reports whether places can be written in a format.
func known(book *Book, format string) bool {
	switch format {
	case "", "plain", "percent", "money", "date", "moment", "minutes", "hours", "days":
		return true
	}
	return slices.ContainsFunc(book.Keys(), func(key string) bool { return strings.HasPrefix(key, format+".") })
}

// Members are members everywhere, and Dutch says je.
func TestWordsOfTheHouse(t *testing.T) {
	t.Parallel()
	book := open(t)
	for _, key := range book.Keys() {
		for locale, forbidden := range map[string][]string{"en": {"subscriber", "!"}, "nl": {" u ", " uw ", "abonnee", "!"},
			"de": {" du ", " dein", "Abonnent", "!"}} {
			for _, p := range append(book.messages[locale][key].one, book.messages[locale][key].other...) {
				for _, word := range forbidden {
					if strings.Contains(" "+p.text+" ", word) {
						t.Errorf("%s in %s says %q", key, locale, word)
					}
				}
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	book := open(t)
	nl, de, en := book.In("nl"), book.In("de"), book.In("en")
	for _, c := range []struct{ got, want string }{
		{nl.Number(18412), "18.412"},
		{en.Number(-1234567), "−1,234,567"},
		{nl.Number(999), "999"},
		{nl.Percent(0.0123), "1,2%"},
		{en.Money(123450, "EUR"), "€1,234.50"},
		{nl.Percent(0.08), "8%"},
		{de.Percent(0.5), "50\u00a0%"},
		{en.Percent(0.00123), "0.12%"},
		{nl.Money(123450, "EUR"), "€\u00a01.234,50"},
		{de.Money(-5, "EUR"), "−0,05\u00a0€"},
		{en.Money(100, "CHF"), "CHF\u00a01.00"},
		{en.Money(100, "GBP"), "£1.00"},
		{nl.Money(100050, "HUF"), "HUF\u00a01.000,50"},
		{de.Money(1000, "JPY"), "1.000\u00a0JPY"},
		{en.Money(1500, "KWD"), "KWD\u00a01.500"},
		{nl.Decimal(-0.001, 2), "0,00"},
		{nl.Decimal(-1234.5625, -1), "−1.234,5625"},
		{en.Amount(1234.5, "JPY"), "JPY\u00a01,235"},
		{nl.List([]string{"a", "b", "c"}), "a, b en c"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	book := open(t)
	nl, de, en := book.In("nl"), book.In("de"), book.In("en")
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 28, 9, 0, 0, 0, time.UTC) // the day before the clock goes forward
	for _, c := range []struct{ got, want string }{
		{nl.Moment(now, now, amsterdam), "zaterdag 28 maart, 10:00 (Amsterdam)"},
		{nl.When(now.Add(23*time.Hour), now, amsterdam), "morgen 10:00 (Amsterdam), over 23 uur"},
		{de.When(now.Add(2*time.Hour), now, amsterdam), "heute 12:00 (Amsterdam), in 2 Stunden"},
		{en.When(now.AddDate(0, 0, -30), now, amsterdam), "Thu 26 Feb 10:00 (Amsterdam)"},
		{en.FromNow(now.Add(-time.Minute), now), "1 minute ago"},
		{nl.Span(90 * time.Minute), "2 uur"},
		{nl.Span(89 * time.Minute), "89 minuten"},
		{nl.Span(36 * time.Hour), "2 dagen"},
		{de.Date(now), "28. März 2026"},
		{nl.ShortDay(now.AddDate(1, 0, 0), now), "zo 28 mrt 2027"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	m, err := parse("{n} member of {label} | {n} members of {label}")
	if err != nil {
		t.Fatal(err)
	}
	s := speakerOf("en", map[string]pattern{"k": m})
	if got := s.T("k", "n", 1, "label", "NL"); got != "1 member of NL" {
		t.Error(got)
	}
	if got := s.T("k", "n", 2000, "label", "NL"); got != "2,000 members of NL" {
		t.Error(got)
	}
	if got := s.T("gone"); got != "⟦gone⟧" {
		t.Error(got)
	}
	for _, bad := range []string{"", "  ", "a {brace", "{}"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestPreferred(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{"": "en", "fr, de-AT;q=0.8": "de", "NL-be": "nl", "*": "en"} {
		if got := Preferred(header); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
}

func TestCapital(t *testing.T) {
	t.Parallel()
	for sentence, want := range map[string]string{
		"": "", "ja, graag": "Ja, graag", "één lid": "Één lid", "first_name is empty": "first_name is empty", "3 leden": "3 leden",
	} {
		if got := Capital(sentence); got != want {
			t.Errorf("%q becomes %q, want %q", sentence, got, want)
		}
	}
}

// places returns the names of the places that the pattern has, with the
// formats they are written in.
func (p pattern) places() map[string]string {
	found := map[string]string{}
	for _, piece := range append(append([]piece{}, p.one...), p.other...) {
		if piece.name != "" {
			found[piece.name] = piece.format
		}
	}
	return found
}
