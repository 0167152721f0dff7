package spelling

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// fake is a program that answers as hunspell does, of Dutch alone, and keeps what
// it is asked.
func fake(t *testing.T) (c *Checker, asked string) {
	t.Helper()
	dir := t.TempDir()
	asked = filepath.Join(dir, "asked")
	script := "#!/bin/sh\n" + `if [ "$5" != nl ]; then echo "Can't open affix or dictionary files for dictionary named \"$5\"." >&2; exit 1; fi
cat > ` + asked + `
printf '@(#) International Ispell\n& zomervakansie 2 25: zomervakantie, zomervakanties\n# Xyzqq. 43\n\n# Keur 3\n# iPhone 5\n# BV 1\n& zomervakansie 1 9: x\n'
`
	program := filepath.Join(dir, "hunspell")
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return At(program), asked
}

func TestUnknownWords(t *testing.T) {
	t.Parallel()
	c, asked := fake(t)
	const text = "*Een* zomervakansie\r\n@bij Xyzqq. https://a.nl/zomr www.a.nl mij@a.nl bol.com\n"
	words, err := c.Unknown(t.Context(), "nl", text, "Het label")
	if want := "[{zomervakansie [zomervakantie zomervakanties]} {Xyzqq []} {Keur []}]"; err != nil || fmt.Sprint(words) != want {
		t.Errorf("%v, not %s: %v", words, want, err)
	}
	got, err := os.ReadFile(asked)
	if want := "!\n^*Een* zomervakansie\n^@bij Xyzqq.        \n"; err != nil || string(got) != want {
		t.Errorf("asked %q: %v", got, err)
	}
	if words, err := c.Unknown(t.Context(), "nl", "x", "Keur", "xyzqq zomervakansie"); err != nil || len(words) != 0 {
		t.Errorf("known names are told: %v %v", words, err)
	}
	if _, err := c.Unknown(t.Context(), "de", "Hallo"); !errors.Is(err, ErrNoDictionary) {
		t.Errorf("without a dictionary: %v", err)
	}
	if _, err := At("/nowhere/hunspell").Unknown(t.Context(), "nl", "x"); err == nil || errors.Is(err, ErrNoDictionary) {
		t.Errorf("without a program: %v", err)
	}
}
