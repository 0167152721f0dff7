package hunspell_test

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/hunspell"
	"keur/internal/hunspell/hunspelltest"
)

func words(misses []hunspell.Miss) (all []string) {
	for _, m := range misses {
		all = append(all, m.Word)
	}
	return all
}

func TestCheckAsksOnceAndSafely(t *testing.T) {
	t.Setenv("KEUR_SECRET", "very secret")
	fake := hunspelltest.New(t, `{"nl_NL": {"kortign": ["korting", "kort"], "mial": [], "@boe": ["bah"]}}`)
	c := hunspell.New(fake.Program)
	got, err := c.Check(t.Context(), "nl", []string{
		"korting", "kortign", "kortign", "e-mial", "@boe", "!", "two\nlines", strings.Repeat("a", 61), "kortign.",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"kortign", "mial", "@boe"}; !slices.Equal(words(got), want) {
		t.Errorf("misses %q, not %q", words(got), want)
	}
	if !slices.Equal(got[0].Suggestions, []string{"korting", "kort"}) || len(got[1].Suggestions) != 0 || got[2].Suggestions[0] != "bah" {
		t.Errorf("suggestions: %+v", got)
	}
	for _, run := range fake.Runs(t) {
		if strings.Contains(run.Env, "secret") || !strings.Contains(run.Env, "HOME=/nonexistent") {
			t.Errorf("its environment is %s", run.Env)
		}
		for line := range strings.Lines(run.Input) {
			if strings.Contains(run.Args, "-a") && !strings.HasPrefix(line, "^") || strings.Contains(line, "lines") {
				t.Errorf("%s gets the line %q", run.Args, line)
			}
		}
		if !strings.Contains(run.Args, "-i utf-8") {
			t.Errorf("it is run with %s", run.Args)
		}
	}
}

// British and American words are both right, and one dictionary is enough.
func TestDictionariesOfOneLanguage(t *testing.T) {
	t.Parallel()
	both := hunspelltest.New(t, `{"en_GB": {"color": ["colour"], "teh": ["the"]}, "en_US": {"colour": [], "teh": ["the"]}}`)
	got, err := hunspell.New(both.Program).Check(t.Context(), "en", []string{"color", "colour", "teh"})
	if err != nil || !slices.Equal(words(got), []string{"teh"}) || !slices.Equal(got[0].Suggestions, []string{"the"}) {
		t.Errorf("%+v, %v", got, err)
	}
	american := hunspelltest.New(t, `{"en_US": {"colour": ["color"]}}`)
	if got, err = hunspell.New(american.Program).Check(t.Context(), "en", []string{"colour"}); err != nil || len(got) != 1 {
		t.Errorf("with en_US alone: %+v, %v", got, err)
	}
	if _, err = hunspell.New(american.Program).Check(t.Context(), "de", []string{"Haus"}); !errors.Is(err, hunspell.ErrNoDictionary) {
		t.Errorf("without a dictionary: %v", err)
	}
	if _, err = hunspell.New("/nowhere/hunspell").Check(t.Context(), "en", []string{"x"}); !errors.Is(err, hunspell.ErrAbsent) {
		t.Errorf("without hunspell: %v", err)
	}
}

func TestNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"hangs":            "exec sleep 60",
		"leaves a child":   "sleep 60 & wait",
		"talks for ever":   "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
		"says a long line": "head -c 3000000 /dev/zero | tr '\\0' a",
		"fails":            "exit 3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if name == "talks for ever" || name == "says a long line" || name == "fails" {
				ctx = t.Context() // ends by itself
			}
			began := time.Now()
			_, err := hunspell.New(hunspelltest.Script(t, script)).Check(ctx, "nl", []string{"woord"})
			if err == nil || errors.Is(err, hunspell.ErrNoDictionary) {
				t.Errorf("%v", err)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// Suggestions that don't come are no reason not to say that a word is unknown.
func TestMissesWithoutSuggestions(t *testing.T) {
	t.Parallel()
	c := hunspell.New(hunspelltest.Script(t, `case "$1" in -l) exec cat ;; *) exec sleep 60 ;; esac`))
	got, err := c.Check(t.Context(), "de", []string{"Rabat"})
	if err != nil || !slices.Equal(words(got), []string{"Rabat"}) || got[0].Suggestions != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestQuestionsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	fake := hunspelltest.New(t, `{"nl_NL": {}}`)
	c := hunspell.New(fake.Program)
	ended := make(chan error, 12)
	for range cap(ended) {
		go func() {
			_, err := c.Check(t.Context(), "nl", []string{"goed"})
			ended <- err
		}()
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if most := fake.AtOnce(t); most > 3 {
		t.Errorf("%d ran at once", most)
	}
}

// The installed one, where there is one.
func TestTheRealHunspell(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("hunspell"); err != nil {
		t.Skip("HUNSPELL ISN'T INSTALLED: apt-get install " + hunspell.Packages)
	}
	c := hunspell.New("hunspell")
	for language, of := range map[string]struct {
		text, wrong string
		mend        string // of the first that is wrong
	}{
		"nl": {
			"korting Korting KORTING foto’s e-mail bijv. herfstkorting kortign e-mial Herfstmailling",
			"kortign e-mial Herfstmailling", "korting",
		},
		"de": {"Rabatt Straße Rabattgutschein Gutscheincode für z.B. Rabatgutschein Strase", "Rabatgutschein Strase", "Rabattgutschein"},
		"en": {"colour color don't don’t offer ofer recieve", "ofer recieve", "offer"},
	} {
		got, err := c.Check(t.Context(), language, strings.Fields(of.text))
		if errors.Is(err, hunspell.ErrNoDictionary) {
			t.Logf("NO DICTIONARY OF %s: apt-get install %s", language, hunspell.Packages)
			continue
		}
		if err != nil || strings.Join(words(got), " ") != of.wrong {
			t.Errorf("%s: misses %q, not %q: %v", language, words(got), of.wrong, err)
			continue
		}
		if !slices.Contains(got[0].Suggestions, of.mend) {
			t.Errorf("%s: suggests %q", language, got[0].Suggestions)
		}
	}
}
