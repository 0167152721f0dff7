package links

import (
	"net/url"
	"strings"
	"testing"
)

func TestAddressesAreReadAsBrowsersDo(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://a.nl/50%-korting/":     "https://a.nl/50%25-korting/",
		"https://a.nl/100%":             "https://a.nl/100%25",
		"https://a.nl/%2F%e2%9c%93%zz":  "https://a.nl/%2F%e2%9c%93%25zz",
		" https://a.nl/x\ty\n ":         "https://a.nl/xy",
		`https://a.nl\@b.nl/x?y=\`:      `https://a.nl/@b.nl/x?y=\`,
		"https://a.nl/a b?c d=é#e f":    "https://a.nl/a%20b?c%20d=%C3%A9#e%20f",
		"https://a.nl/?id=1;v=2&x=%&y=": "https://a.nl/?id=1;v=2&x=%25&y=",
		"HTTPS://A.nl":                  "https://A.nl",
	} {
		if got, err := Parse(address); err != nil || got.String() != want {
			t.Errorf("%q is read as %v, %v", address, got, err)
		}
	}
	for _, address := range []string{
		"", "a.nl", "//a.nl", "https://", "https:///x", "https://a b.nl/", "ftp://a.nl", "https://a.nl:x/", "https://%/",
	} {
		if got, err := Parse(address); err == nil {
			t.Errorf("%q is read as %v", address, got)
		}
	}
}

// FuzzParse: what a click leads to fits a header, and its host is the one that
// was checked.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"https://a.nl/50%-korting/", `https://a.nl\@b.nl`, "http://é.nl/ x?%#%", "https://a.nl:80\t/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ascii := string(AppendASCII(nil, s))
		if strings.ContainsFunc(ascii, func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Errorf("%q becomes %q", s, ascii)
		}
		read, err := Parse(s)
		if err != nil {
			return
		}
		again, err := url.Parse(read.String())
		if err != nil || again.Host != read.Host || read.Hostname() == "" {
			t.Errorf("%q is read as %q, and that as %v, %v", s, read, again, err)
		}
	})
}
