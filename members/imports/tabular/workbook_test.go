package tabular

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
)

// archive makes a ZIP file of names and contents in turn.
func archive(t *testing.T, parts ...string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// xlsx makes a workbook, of which the second sheet is the first that isn't hidden.
func xlsx(t *testing.T, rows string) string {
	return archive(t,
		"[Content_Types].xml", "<Types/>",
		"xl/workbook.xml", `<workbook xmlns:r="x"><sheets><sheet name="old" state="hidden" r:id="rId1"/><sheet name="Leden" r:id="rId2"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>`+
			`<Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-413]d\ mmmm\ yyyy"/><numFmt numFmtId="165" formatCode="0.00&quot; d&quot;"/></numFmts>`+
			`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", `<sst><si><t>E-mail</t></si><si><r><t>Zo</t></r><r><t>ë "Z"</t></r><rPh><t>zoe</t></rPh></si><si><t>a
b</t></si></sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>`,
		"xl/worksheets/sheet2.xml", `<worksheet><sheetData>`+rows+`</sheetData></worksheet>`)
}

func ods(t *testing.T, rows string) string {
	return archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml",
		`<office:document-content><office:spreadsheet><table:table>`+rows+`</table:table><table:table><table:table-row><table:table-cell>`+
			`<text:p>other</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:document-content>`)
}

func TestWorkbooks(t *testing.T) {
	t.Parallel()
	inline := func(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"xlsx": {xlsx(t, `<row r="2"><c r="A2" t="s"><v>0</v></c>`+inline("Naam")+inline("Dag")+inline("Datum")+inline("Punten")+inline("Ja")+inline("Om")+`</row>`+
			`<row r="3"><c r="A3" t="str"><v>a@x.nl</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" s="1"><v>29586</v></c><c r="D3" s="2"><v>45000.5</v></c>`+
			`<c r="E3" s="3"><v>1.234</v></c><c r="F3" t="b"><v>1</v></c><c r="G3" s="4"><v>45000.75</v></c></row>`+
			`<row r="5"><c r="A5" t="str"><v>b@x.nl</v></c><c r="B5" t="s"><v>2</v></c><c r="E5"><v>3.1612345678E10</v></c><c r="F5" t="e"><v>#N/A</v></c></row>`),
			[]string{"E-mail|Naam|Dag|Datum|Punten|Ja|Om", `3 a@x.nl|Zoë "Z"|1980-12-31|2023-03-15 12:00:00|1.2340|true|2023-03-15 18:00:00`,
				"5 b@x.nl|a b|||31612345678||"}},
		"ods": {ods(t, `<table:table-row><table:table-cell><text:p>E-mail</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"/>`+
			`<table:table-cell><text:p>Dag</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="2"/>`+
			`<table:table-row><table:table-cell><office:annotation><text:p>note</text:p></office:annotation><text:p>a@<text:span>x</text:span>.nl</text:p></table:table-cell>`+
			`<table:table-cell office:value-type="float" office:value="1.5"><text:p>1,50</text:p></table:table-cell><table:table-cell office:value-type="boolean" office:boolean-value="true"/>`+
			`<table:table-cell office:value-type="date" office:date-value="1980-12-31"><text:p>31-12-80</text:p></table:table-cell></table:table-row>`+
			`<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>`),
			[]string{"E-mail|| (2)|Dag", "4 a@x.nl|1.5|true|1980-12-31"}},
		"zip":         {archive(t, "__MACOSX/x", "?", "leden/", "", "leden/leden.csv", "a;b\n1;2\n"), []string{"a|b", "2 1|2"}},
		"zip of xlsx": {archive(t, "leden.xlsx", xlsx(t, `<row r="1">`+inline("a")+`</row><row r="2">`+inline("1")+`</row>`)), []string{"a", "2 1"}},
	} {
		_, got := rows(t, c.in)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is no table, or would become too much of one, is refused in words.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	bomb := `<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1900">` +
		`<text:p>` + strings.Repeat("x", 1000) + `</text:p></table:table-cell></table:table-row>`
	whole := archive(t, "a.csv", "a;b\n1;2\n")
	for name, c := range map[string]struct{ in, says string }{
		"xls":         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "old or protected Excel"},
		"pdf":         {"%PDF-1.7\n", "PDF"},
		"json":        {"[\n {\"email\": \"a@x.nl\"}]", "JSON"},
		"json object": {"{\"members\": []}", "JSON"},
		"html":        {"<!DOCTYPE html><table>", "HTML"},
		"utf-32":      {"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"},
		"bzip2":       {"BZh91AY&SY", "bzip2"},
		"zstd":        {"\x28\xb5\x2f\xfd\x04\x00", "zstd"},
		"vcard":       {"BEGIN:VCARD\nEMAIL:a@x.nl\nEND:VCARD\n", "vCard"},
		"zip in gz":   {zipped(whole), "zip (gzip)"},
		"gz in gz":    {zipped(zipped("a;b\n1;2\n")), "gzip (gzip)"},
		"pdf in gz":   {zipped("%PDF-1.7\n"), "PDF"},
		"two files":   {archive(t, "subscribed.csv", "a", "unsubscribed.csv", "a"), "2 files"},
		"no file":     {archive(t), "0 files"},
		"cut off":     {whole[:len(whole)-30], "damaged"},
		"bad XML":     {xlsx(t, `<row><c t=></c></row>`), "damaged"},
		"bomb":        {ods(t, bomb), "unpacks to more"},
		"columns":     {xlsx(t, `<row r="1"><c r="ZZZ1"><v>1</v></c></row>`), "more than 2,000 columns"},
		"long zip":    {archive(t, "a.csv", strings.Repeat("\x00", smallEnough+1<<20)), "unpacks to more"},
	} {
		f, err := Open(strings.NewReader(c.in), "")
		if err == nil {
			_, err = f.Rows(0)
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// zipped is a text compressed with gzip.
func zipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return out.String()
}

// FuzzWorkbook reads anything as the sheet of a workbook: it ends, and with a table
// or a reason.
func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><t>x</t></is></c></row>`, false)
	f.Add(`<table:table-row table:number-rows-repeated="9"><table:table-cell table:number-columns-repeated="3"><text:p>x</text:p>`, true)
	f.Fuzz(func(t *testing.T, cells string, open bool) {
		in := xlsx(t, cells)
		if open {
			in = ods(t, cells)
		}
		file, err := Open(strings.NewReader(in), "")
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			return
		}
		defer func() { _ = file.Close() }()
		if _, err := file.Rows(0); err != nil && !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}
