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
		{"https://www.Müller.de:80/ü?u=https://bär.de", "", "https://www.xn--mller-kva.de:80/%C3%BC?u=https://b%C3%A4r.de"},
		{"https://faß.de?u=https://bär.de", "ws", "https://xn--fa-hia.de?ws=ID&u=https://b%C3%A4r.de"},
		{"https://é@bücher.de#ä", "ws", "https://%C3%A9@xn--bcher-kva.de?ws=ID#%C3%A4"},
		{"https://a.nl/?x=é://ü", "ws", "https://a.nl/?x=%C3%A9://%C3%BC&ws=ID"},
		{"https://a.nl/?u=https%3A%2F%2Fb.nl%3Fws%3D1", "ws", "https://a.nl/?u=https%3A%2F%2Fb.nl%3Fws%3D1&ws=ID"},
		{"https://a.nl/?ws", "ws", "https://a.nl/?ws=ID"},
		{"https://a.nl/?clickRef=old&x=1&CLICKREF=", "clickref", "https://a.nl/?clickref=ID&x=1&clickref=ID"},
		{"https://a.nl/?subid1=old&subId2=x", "subId1", "https://a.nl/?subId1=ID&subId2=x"},
		{"https://a.nl/?R=1", "r", "https://a.nl/?R=1&r=ID"},
		{"https://a.nl/?m=1&u=https://b.nl/?a=b&c=d#e", "clickref", "https://a.nl/?m=1&clickref=ID&u=https://b.nl/?a=b&c=d#e"},
		{"https://a.nl/?u=https://b.nl/x&clickref=old", "clickref", "https://a.nl/?u=https://b.nl/x&clickref=ID"},
		{"https://a.nl/?u=//b.nl&v=httpx", "clickref", "https://a.nl/?u=//b.nl&v=httpx&clickref=ID"},
	} {
		if got := string(AppendTarget(nil, c.target, c.parameter, []byte("ID"))); got != c.want {
			t.Errorf("%s became %s, not %s", c.target, got, c.want)
		}
	}
}

// TestEachNetworkFindsItsSubID: networks have links in several forms, and where
// one of them carries the sub-id, nothing else of the link changes.
func TestEachNetworkFindsItsSubID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, parameter, want string }{
		{"https://www.awin1.com/cread.php?awinmid=1&clickref=&ued=https%3A%2F%2Fb.nl", "clickref",
			"https://www.awin1.com/cread.php?awinmid=1&clickref=ID&ued=https%3A%2F%2Fb.nl"},
		{"https://www.awin1.com/cread.php?awinmid=1&awinaffid=2&p=[[https://b.nl/?a=b&clickref=shop&c=d]]", "clickref",
			"https://www.awin1.com/cread.php?awinmid=1&awinaffid=2&clickref=ID&p=[[https://b.nl/?a=b&clickref=shop&c=d]]"},
		{"https://www.awin1.com/cread.php?clickRef=x&p=[[https://b.nl/?a=b&clickref=shop#top]]", "clickref",
			"https://www.awin1.com/cread.php?clickref=ID&p=[[https://b.nl/?a=b&clickref=shop#top]]"},
		{"https://www.awin1.com/cread.php?awinmid=1&p=[[https://b.nl/?a=b&c]]&clickref=old", "clickref",
			"https://www.awin1.com/cread.php?awinmid=1&p=[[https://b.nl/?a=b&c]]&clickref=ID"},
		{"https://www.awin1.com/cread.php?awinmid=1&p=[[https://b.nl]]", "clickref",
			"https://www.awin1.com/cread.php?awinmid=1&clickref=ID&p=[[https://b.nl]]"},
		{"https://ds1.nl/c/?si=1&li=2&wi=3&ws=&dl=a%2Fb", "ws", "https://ds1.nl/c/?si=1&li=2&wi=3&ws=ID&dl=a%2Fb"},
		{"https://x.pxf.io/c/1/2/3?subId1=a&subId2=b&u=x", "subId1", "https://x.pxf.io/c/1/2/3?subId1=ID&subId2=b&u=x"},
		{"https://tc.tradetracker.net/?c=1&m=2&a=3&r=&u=%2Fx", "r", "https://tc.tradetracker.net/?c=1&m=2&a=3&r=ID&u=%2Fx"},
		{"https://shop.nl/tt/?tt=1_2_3_old_er&r=%2Fpage", "r", "https://shop.nl/tt/?tt=1_2_3_ID&r=%2Fpage"},
		{"https://shop.nl/tt/?r=%2Fpage&tt=1_2_3#top", "r", "https://shop.nl/tt/?r=%2Fpage&tt=1_2_3_ID#top"},
		{"https://shop.nl/?tt=1_2_3_", "r", "https://shop.nl/?tt=1_2_3_ID"},
		{"https://shop.nl/?tt=1&r=x", "r", "https://shop.nl/?tt=1&r=ID"},
		{"https://prf.hn/click/camref:1l/pubref:x/destination:https%3A%2F%2Fb.nl", "pubref",
			"https://prf.hn/click/camref:1l/pubref:ID/destination:https%3A%2F%2Fb.nl"},
		{"https://prf.hn/click/camref:1l/destination:https://b.nl/pubref:x?a=b", "pubref",
			"https://prf.hn/click/camref:1l/pubref:ID/destination:https://b.nl/pubref:x?a=b"},
		{"https://prf.hn/click/camref:1l", "pubref", "https://prf.hn/click/camref:1l/pubref:ID"},
		{"https://b.prf.hn/l/abc", "pubref", "https://b.prf.hn/l/abc?pubref=ID"},
		{"https://www.anrdoezrs.net/links/1/type/dlg/sid/OLD/https://b.nl/x?a=b&sid=c", "sid",
			"https://www.anrdoezrs.net/links/1/type/dlg/sid/ID/https://b.nl/x?a=b&sid=c"},
		{"https://www.anrdoezrs.net/links/1/type/dlg/https%3A%2F%2Fb.nl", "sid",
			"https://www.anrdoezrs.net/links/1/type/dlg/sid/ID/https%3A%2F%2Fb.nl"},
		{"https://www.anrdoezrs.net/click-1-2?sid=OLD&url=x", "sid", "https://www.anrdoezrs.net/click-1-2?sid=ID&url=x"},
		{"https://clk.tradedoubler.com/click?p(1)a(2)g(3)epi(old)url(https://b.nl)", "epi",
			"https://clk.tradedoubler.com/click?p(1)a(2)g(3)epi(ID)url(https://b.nl)"},
		{"https://clk.tradedoubler.com/click?a(2)p(1)epi2(x)url(https://b.nl/?epi(y)#z)", "epi",
			"https://clk.tradedoubler.com/click?a(2)p(1)epi2(x)epi(ID)url(https://b.nl/?epi(y)#z)"},
		{"https://clk.tradedoubler.com/click?p(1)a(2)", "epi", "https://clk.tradedoubler.com/click?p(1)a(2)epi(ID)"},
		{"https://clk.tradedoubler.com/click?p=1&a=2&epi=old&url=b", "epi", "https://clk.tradedoubler.com/click?p=1&a=2&epi=ID&url=b"},
	} {
		got := string(AppendTarget(nil, c.target, c.parameter, []byte("ID")))
		if got != c.want {
			t.Errorf("%s became\n%s, not\n%s", c.target, got, c.want)
		}
		if !carries(got, c.parameter, "ID") || carries(got, c.parameter, "OTHER") || carries(c.target, c.parameter, "ID") {
			t.Errorf("%s carries it, or %s does", got, c.target)
		}
		if again := string(AppendTarget(nil, got, c.parameter, []byte("ID"))); again != got {
			t.Errorf("a second one makes %s of %s", again, got)
		}
	}
}
