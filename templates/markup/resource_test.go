package markup

import (
	"strings"
	"testing"
)

func TestRoleOf(t *testing.T) {
	t.Parallel()
	for given, want := range map[[3]string]Role{
		{"img", "src", "x"}: Picture, {"td", "background", ""}: Picture, {"v:fill", "src", "x"}: Picture, {"v:imagedata",
			"src", "x"}: Picture,
		{"img", "srcset", "x"}: Pictures, {"source", "srcset", "x"}: Pictures,
		{"p", "style", "x"}:           Styled,
		{"meta", "itemprop", "image"}: Fetched, {"div", "itemscope", ""}: Fetched, {"a", "attributionsrc", ""}: Fetched,
		{"a", "href", "x"}: Followed, {"area", "href", "x"}: Followed, {"v:roundrect", "href", "x"}: Followed,
		{"link", "href", "x"}: Fetched, {"image", "href", "x"}: Fetched, {"image", "xlink:href", "x"}: Fetched, {"video",
			"poster", "x"}: Fetched,
		{"video", "src", "x"}: Fetched, {"audio", "src", "x"}: Fetched, {"source", "src", "x"}: Fetched, {"bgsound", "src", "x"}: Fetched,
		{"input", "src", "x"}: Fetched, {"v:fill", "o:href", "x"}: Fetched, {"v:fill", "o:althref", "x"}: Fetched,
		{"v:imagedata", "r:pict", "x"}: Fetched, {"img", "lowsrc", "x"}: Fetched, {"img", "dynsrc", "x"}: Fetched, {"html",
			"manifest", "x"}: Fetched,
		{"a", "ping", "x"}: Fetched, {"object", "data", "x"}: Fetched, {"object", "classid", "x"}: Fetched, {"iframe",
			"srcdoc", "x"}: Fetched,
		{"p", "whatever", "https://a.nl/x"}: Fetched, {"p", "whatever", " h\nttps://a.nl/x"}: Fetched, {"p", "x", "//a.nl"}: Fetched,
		{"p", "x", `\\a.nl\x`}: Fetched, {"p", "x", "h&#116;tp://a.nl"}: Fetched, {"p", "fill", "url(#x)"}: Fetched, {"p",
			"fill", `u\72l(x)`}: Fetched,
		{"img", "alt", "https://a.nl"}: Plain, {"html", "xmlns:v", "https://a.nl"}: Plain, {"p", "data-x", "//"}: Plain, {"p",
			"title", "//"}: Plain,
		{"td", "width", "10"}: Plain, {"p", "aria-label", "//a"}: Plain, {"td", "bgcolor", "#fff"}: Plain, {"meta", "content",
			"https://a.nl"}: Plain,
	} {
		if got := RoleOf(given[0], given[1], given[2]); got != want {
			t.Errorf("%q has role %d, not %d", given, got, want)
		}
	}
}

func TestEachInSet(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"": "", "a.png": "[a.png]", " a.png 1x, b.png 2x": " [a.png] 1x, [b.png] 2x", "a.png,b.png": "[a.png,b.png]",
		"a.png, b.png":          "[a.png], [b.png]",
		"a.png 100w,b.png 200w": "[a.png] 100w,[b.png] 200w", ",,a.png": ",,[a.png]", "a,b.png 1x": "[a,b.png] 1x",
	} {
		if got := EachInSet(set, func(a string) string { return "[" + a + "]" }); got != want {
			t.Errorf("%q: %q, not %q", set, got, want)
		}
	}
}

func TestEachInStyle(t *testing.T) {
	t.Parallel()
	for css, want := range map[string]string{
		"color: red": "color: red", "background:url(https://a.nl/x.png) no-repeat": "background:url([https://a.nl/x.png]) no-repeat",
		`list-style-image: URL( "x y" ); cursor:url('z')`: `list-style-image: URL( "[x y]" ); cursor:url('[z]')`,
		"url()":                          "url([])",
		"a{}/* see https://a.nl */":      "a{}/* see https://a.nl */",
		"p { font-family: 'a' }":         "p { font-family: 'a' }",
		`p:before { content: "\\201C" }`: `p:before { content: "\\201C" }`,
		"@media only screen and (max-width:480px) { a { width: 100% } }": "@media only screen and (max-width:480px) { a { width: 100% } }",
		"background-image: linear-gradient(red, blue)":                   "background-image: linear-gradient(red, blue)",
	} {
		if got, refused := EachInStyle(css, func(a string) string { return "[" + a + "]" }); got != want || refused != "" {
			t.Errorf("%s: %s, refused %q", css, got, refused)
		}
	}
	for _, css := range []string{
		`u\72l(https://a.nl/x)`, `\75 rl(https://a.nl/x)`, `\000075rl(https://a.nl/x)`, `ur\l(https://a.nl/x)`,
		"url(https://a.nl/x", `url("x`,
		`url(a\))`, "@import 'https://a.nl/x'", "@IMPORT/**/'x'", `@\69mport "x"`, "@font-face { font-family: a; src: local(b) }",
		"@font-face{src:url(x)}", `background: image-set("x" 1x)`, `-webkit-image-set("x" 1x)`, `src("x")`, `background: image("x")`,
		"width: expression(1)", "-moz-binding: x", "behavior: x", "filter: progid:DXImageTransform.Microsoft.AlphaImageLoader(src=x)",
		`x: "https://a.nl"`, "x: '//a.nl'", "/* @import */ @import 'x'", `content: "/*"; background: url(x; content: "*/"`, "cross-fade(x)",
		"element(#a)", `@f\6f nt-face{src:x}`,
	} {
		if _, refused := EachInStyle(css, func(string) string { return "ours" }); refused == "" {
			t.Errorf("%s isn't refused", css)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		" https://a.nl/x\n": "https://a.nl/x", "h\tt\ntps://a.nl": "https://a.nl", "a&amp;b": "a&b", "\x01 x": "x", "": "",
	} {
		if got := Address(value); got != want {
			t.Errorf("%q: %q", value, got)
		}
	}
	for address, want := range map[string]bool{
		"data:image/png;base64,AAAA": true, "DATA:IMAGE/GIF;base64,": true, "data:image/svg+xml;base64,AAAA": false,
		"data:text/html,x": false,
		"data:image/png,x": false, "https://a.nl": false,
	} {
		if got := IsInlined(address); got != want {
			t.Errorf("%s is inlined: %t", address, got)
		}
	}
}

// FuzzEachInStyle: no address that isn't given to replace is left, however the
// CSS is written.
func FuzzEachInStyle(f *testing.F) {
	for _, s := range []string{"background:url(https://a.nl/x)", `u\72l(x)`, "@import 'x'", "/*", `"`, `url("a)`, "url(a)url(b)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, css string) {
		out, refused := EachInStyle(css, func(string) string { return "o" })
		if refused != "" {
			return
		}
		for _, m := range cssAddress.FindAllString(out, -1) {
			if !strings.Contains("url(o) url(\"o\") url('o')", strings.ToLower(strings.Join(strings.Fields(m), ""))) {
				t.Errorf("%q keeps %q", css, m)
			}
		}
		if strings.Contains(strings.ToLower(unescape(css)), "@import") {
			t.Errorf("%q isn't refused", css)
		}
	})
}
