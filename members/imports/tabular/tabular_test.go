package tabular

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"keur/internal/fault"
)

// rows reads all of a file as text: fields with a bar between, or the reason.
func rows(t *testing.T, content string) (File, []string) {
	t.Helper()
	f, err := Open(strings.NewReader(content), "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Rows(0)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{strings.Join(r.Header, "|")}
	for {
		line, fields, err := r.Read()
		var bad *BadRow
		switch {
		case errors.Is(err, io.EOF):
			return *f, got
		case errors.As(err, &bad):
			got = append(got, fmt.Sprintf("%d! %s", line, bad.Reason))
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, fmt.Sprintf("%d %s", line, bytes.Join(fields, []byte("|"))))
		}
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"plain":             {"a,b\n1,2\n3,4", []string{"a|b", "2 1|2", "3 3|4"}},
		"semicolons, CRLF":  {"a;b\r\n1,5;2\r\n\r\n3;4\r\n", []string{"a|b", "2 1,5|2", "4 3|4"}},
		"tabs":              {"a\tb\n1\t\n", []string{"a|b", "2 1|"}},
		"old Mac":           {"a;b\r1;2\r3;4", []string{"a|b", "2 1|2", "3 3|4"}},
		"Excel":             {"sep=;\r\na;b\r\n1;2\r\n", []string{"a|b", "3 1|2"}},
		"one column":        {"e-mail\nx@y.nl\n", []string{"e-mail", "2 x@y.nl"}},
		"quotes":            {"a,b\n\"x, \"\"y\"\"\",\"z\"\r\n", []string{"a|b", `2 x, "y"|z`}},
		"quoted lines":      {"a,b\n\"x\ny\",2\n3,4\n", []string{"a|b", "2 x\ny|2", "4 3|4"}},
		"quoted, empty":     {"a,b\n\"\",\"\"\n,\n", []string{"a|b", "2 |", "3 |"}},
		"trailing":          {"a;b\n1;2;\n1;2;x\n", []string{"a|b", "2 1|2", "3! the row has 3 columns and the header has 2"}},
		"too few":           {"a;b;c\n1\n3;4\n", []string{"a|b|c", "2 1||", "3 3|4|"}},
		"too few, quoted":   {"a;b;c\n\"1\"\n", []string{"a|b|c", "2 1||"}},
		"bare quote":        {"a;b\nJan \"Jopie\" Jansen;2\n1\";\"x\"\n", []string{"a|b", "2 Jan \"Jopie\" Jansen|2", "3 1\"|x"}},
		"a header twice":    {"a;b;a\n1;2;3\n", []string{"a|b|a (2)", "2 1|2|3"}},
		"open quote":        {"a;b\n\"1;2\n3;4\n5;6\n", []string{"a|b", "2! a quote that doesn't close", "3 3|4", "4 5|6"}},
		"text after quote":  {"a;b\n\"1\"x;2\n3;4\n", []string{"a|b", "2! text after a closing quote", "3 3|4"}},
		"NUL":               {"a;b\n1\x00;2\n3;4\n", []string{"a|b", "2! the row has a NUL byte", "3 3|4"}},
		"quoted NUL":        {"a;b\n\"1\x00\";2\n3;4\n", []string{"a|b", "2! the row has a NUL byte", "3 3|4"}},
		"one bad byte":      {"a;b\né;ü\n\xff;2\n3;4\n", []string{"a|b", "2 é|ü", "3! the row is not valid UTF-8", "4 3|4"}},
		"mark":              {"\xef\xbb\xbfa;b\n1;2\n", []string{"a|b", "2 1|2"}},
		"empty lines first": {"\n \r\na;b\n\n1;2\n", []string{"a|b", "5 1|2"}},
		"empty, then Excel": {"\nsep=;\n\na,x;b\n1;2\n", []string{"a,x|b", "5 1|2"}},
		"header only":       {"a;b", []string{"a|b"}},
		"quoted, with CRLF": {"\"a\";\"b\"\r\n\"1\";2\r\n", []string{"a|b", "2 1|2"}},
	} {
		_, got := rows(t, c.in)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOpenQuoteCostsOneRow(t *testing.T) {
	t.Parallel()
	_, got := rows(t, "a;b\n\"1;2\n"+strings.Repeat("3;4\n", 200_000))
	if len(got) != 200_002 || !strings.HasSuffix(got[1], "a quote that doesn't close") || got[len(got)-1] != "200002 3|4" {
		t.Errorf("%d rows, %s … %s", len(got), got[1], got[len(got)-1])
	}
}

func TestLongRow(t *testing.T) {
	t.Parallel()
	_, got := rows(t, "a;b\n1;"+strings.Repeat("x", 3<<20)+"\n3;4\n")
	if diff := cmp.Diff([]string{"a|b", "2! the row is longer than a megabyte", "3 3|4"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoHeader(t *testing.T) {
	t.Parallel()
	for in, says := range map[string]string{
		"":                                   "the file is empty",
		"\xff\xfe":                           "has no header", // a mark and nothing after it
		"sep=;\n":                            "has no header",
		"a;b\x00\n1;2\n":                     "line 1 can't be read",
		strings.Repeat("x", 2<<20) + "\n1\n": "line 1 can't be read: the row is longer",
	} {
		f, err := Open(strings.NewReader(in), "")
		if err == nil {
			_, err = f.Rows(0)
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q: %v", in, err)
		}
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	want := []string{"Straße|b", "2 Zoë|€"}
	text := "Straße;b\nZoë;€\n"
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	_, _ = zip.Write([]byte(text))
	_ = zip.Close()
	for name, c := range map[string]struct {
		in   string
		want Encoding
	}{
		"utf-8":        {text, UTF8},
		"mark":         {utf8Mark + text, UTF8},
		"windows-1252": {"Stra\xdfe;b\nZo\xeb;\x80\n", Windows1252},
		"utf-16":       {wide, UTF16},
		"gz":           {zipped.String(), UTF8},
		"no mark":      {wide[2:], UTF16LE},
		"Mac":          {"Stra\xa7e;b\nZo\x91;\xdb\n", MacRoman},
		"DOS":          {"Stra\xe1e;b\nZo\x89;?\n", CP850},
	} {
		f, got := rows(t, c.in)
		if c.want == CP850 { // has no €
			got[1] = strings.Replace(got[1], "?", "€", 1)
		}
		if diff := cmp.Diff(want, got); diff != "" || f.Encoding != c.want {
			t.Errorf("%s: %s %s", name, f.Encoding, diff)
		}
		if sum := sha256.Sum256([]byte(c.in)); !bytes.Equal(f.Hash, sum[:]) {
			t.Errorf("%s: the hash is %x", name, f.Hash)
		}
	}
	late := strings.Repeat("plain;plain\n", 100_000) + "Zo\xeb;x\n"
	if f, got := rows(t, late); f.Encoding != Windows1252 || got[len(got)-1] != "100001 Zoë|x" {
		t.Errorf("late: %s %s", f.Encoding, got[len(got)-1])
	}
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String("姓名;城市\n王小明;北京\n")
	if err != nil {
		t.Fatal(err)
	}
	spelt := func(e encoding.Encoding, text string) string {
		t.Helper()
		bytes, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	// What looks like Japanese byte by byte, and is of western Europe.
	western := spelt(charmap.CodePage850, "naam;stad\nRenée Müller;Köln\nZoë Günther;Orléans\nJosé;Besançon\n")
	if f, got := rows(t, western); f.Encoding != CP850 || got[1] != "2 Renée Müller|Köln" {
		t.Errorf("DOS: %s %q", f.Encoding, got)
	}
	if f, got := rows(t, chinese); f.Encoding != GB18030 || got[1] != "2 王小明|北京" {
		t.Errorf("Chinese: %s %q", f.Encoding, got)
	}
	broken := bytes.Clone(zipped.Bytes())
	broken[12] ^= 0xff
	for name, in := range map[string]string{
		"Greek":        "a;b\n\xca\xe1\xeb\xe7;\xd3\xdd\xf1\n",
		"Cyrillic":     "a;b\n\xcc\xee\xf1\xea\xe2\xe0;x\n",
		"corrupt gzip": string(broken),
		"Shift_JIS":    spelt(japanese.ShiftJIS, "名前;都市\n田中太郎;東京\nヤマダ はなこ;大阪\n"),
		"katakana":     spelt(japanese.ShiftJIS, "email,name\na@b.jp,タナカ\n"),
		"EUC-JP":       spelt(japanese.EUCJP, "名前;都市\nヤマダ はなこ;おおさか\n"),
		"Korean":       spelt(korean.EUCKR, "이름;도시\n김민준;서울\n박서연;부산\n"),
		"Big5":         spelt(traditionalchinese.Big5, "姓名;城市\n王小明;臺北\n陳美玲;高雄\n"),
	} {
		if _, err := Open(strings.NewReader(in), ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(bytes.NewReader(zipped.Bytes()[:zipped.Len()-9]), ""); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("cut off: %v", err)
	}
}

// FuzzRows reads anything: rows come in their order, each whole or refused, and
// nothing that comes before the last row keeps that from being read.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		"a,b\n\"x\ny\",2\n3,4\n", "\"", "sep=;\r\na;\"b\"\r\n\"1;2\n\n", "a\r1\r2", "\xef\xbb\xbfa;b\n1;2", "\xff\xfea\x00\n\x00",
		"\x1f\x8b\x08", "a\tb\n\"\"\"\n\"", "a|b\n1|2|\n\x00|\xff\n", "Zo\xeb;x\n\x80;\"y\n",
		"0\x00\n\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		header, delimiter, _ := readAll(t, in)
		if header == nil {
			return
		}
		last := strings.Repeat("1"+string(delimiter), len(header)-1) + "1"
		again, same, rows := readAll(t, in+"\n"+last+"\n")
		if delimiter < utf8.RuneSelf && delimiter != '1' && same == delimiter && slices.Equal(again, header) &&
			!strings.HasPrefix(in, "\xfe\xff") && !strings.HasPrefix(in, "\xff\xfe") && wideOrder([]byte(in)) == "" &&
			!strings.HasPrefix(in, "\x1f\x8b") &&
			(len(rows) == 0 || strings.Trim(rows[len(rows)-1], "1|") != "") {
			t.Errorf("%q: the last of %q is lost", in, rows)
		}
	})
}

// readAll returns the rows that can be read, with bars between their fields; no
// header if there is no table.
func readAll(t *testing.T, in string) (header []string, delimiter byte, rows []string) {
	file, err := Open(strings.NewReader(in), "")
	if err != nil {
		return nil, 0, nil
	}
	r, err := file.Rows(0)
	if err != nil {
		return nil, 0, nil
	}
	for before := int64(0); ; {
		line, fields, err := r.Read()
		var bad *BadRow
		switch {
		case errors.Is(err, io.EOF):
			return r.Header, r.Delimiter, rows
		case line <= before:
			t.Fatalf("%q: line %d after line %d", in, line, before)
		case err == nil:
			row := bytes.Join(fields, []byte{'|'})
			if len(fields) != len(r.Header) || !utf8.Valid(row) || bytes.IndexByte(row, 0) >= 0 {
				t.Fatalf("%q: line %d is %q", in, line, row)
			}
			rows = append(rows, string(row))
		case !errors.As(err, &bad) || bad.Line != line || bad.Reason.IsZero():
			t.Fatalf("%q: line %d: %v", in, line, err)
		}
		before = line
	}
}

// FuzzQuoted reads what encoding/csv writes: the same values, or the reason why
// they can't be kept.
func FuzzQuoted(f *testing.F) {
	f.Add("a", "b", byte(','))
	f.Add("x, \"y\"", "one\ntwo\r\n", byte(';'))
	f.Add("\"\"", strings.Repeat("\n", 60), byte('\t'))
	f.Add("\xff", "\x00", byte('|'))
	f.Add(strings.Repeat("\"x\n", 30), strings.Repeat("long ", 20_000), byte(','))
	f.Fuzz(func(t *testing.T, a, b string, delimiter byte) {
		if strings.IndexByte(",;\t|", delimiter) < 0 {
			return
		}
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Comma = rune(delimiter)
		if err := w.WriteAll([][]string{{"first", "second", "third"}, {a, b, "end"}, {"x", "y", "z"}}); err != nil {
			t.Fatal(err)
		}
		file, err := Open(bytes.NewReader(text.Bytes()), UTF8)
		if err != nil {
			t.Fatal(err)
		}
		r, err := file.Rows(0)
		if err != nil || r.Delimiter != delimiter {
			t.Fatalf("%q: %c, %v", text.String(), r.Delimiter, err)
		}
		_, fields, err := r.Read()
		var bad *BadRow
		switch whole := a + b; {
		case err == nil && (string(fields[0]) != a || string(fields[1]) != b || string(fields[2]) != "end"):
			t.Errorf("%q, %q became %q", a, b, fields)
		case err == nil:
			if _, fields, err = r.Read(); err != nil || string(bytes.Join(fields, nil)) != "xyz" {
				t.Errorf("after %q, %q came %q, %v", a, b, fields, err)
			}
		case !errors.As(err, &bad):
			t.Errorf("%q, %q: %v", a, b, err)
		case utf8.ValidString(a) && utf8.ValidString(b) && strings.IndexByte(whole, 0) < 0 && strings.Count(whole, "\n") <= maxQuotedIn &&
			len(whole) < maxQuoted/2:
			t.Errorf("%q, %q refused: %s", a, b, bad.Reason)
		}
	})
}
