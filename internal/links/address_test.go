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

func TestTargetKeepsEveryByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, parameter, want string }{
		{"https://a.nl/x", "", "https://a.nl/x"},
		{"https://a.nl/x", "ws", "https://a.nl/x?ws=ID"},
		{"https://a.nl/50%-x y?b=%20+ü&amp;c", "ws", "https://a.nl/50%-x%20y?b=%20+%C3%BC&amp;c&ws=ID"},
		{"https://a.nl/x?", "ws", "https://a.nl/x?ws=ID"},
		{"https://a.nl/x?b&", "ws", "https://a.nl/x?b&ws=ID"},
		{"https://a.nl/x#top?no", "ws", "https://a.nl/x?ws=ID#top?no"},
		{"https://a.nl/x?id=1;v=2&a=b", "ws", "https://a.nl/x?id=1;v=2&a=b&ws=ID"},
		{"https://a.nl/x?ws=&a=b", "ws", "https://a.nl/x?ws=ID&a=b"},
		{"https://a.nl/x?a=b&ws=OLD&ws=OLDER#top", "ws", "https://a.nl/x?a=b&ws=ID&ws=ID#top"},
		{"https://a.nl/x?wsx=1&WS=2", "ws", "https://a.nl/x?wsx=1&WS=2&ws=ID"},
		{"https://a.nl?x=1##", "clickref", "https://a.nl?x=1&clickref=ID##"},
	} {
		if got := string(AppendTarget(nil, c.target, c.parameter, []byte("ID"))); got != c.want {
			t.Errorf("%s became %s, not %s", c.target, got, c.want)
		}
	}
}
