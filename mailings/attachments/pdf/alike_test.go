package pdf_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/mailings/attachments/pdf"
	"keur/mailings/attachments/pdf/pdftest"
)

// packed returns what is appended to a PDF to pack its ninth object into the sixth,
// a stream with entries of its own, under a table of contents that is a stream.
func packed(t *testing.T, before []byte, entries, object string, packing ...func([]byte) []byte) []byte {
	t.Helper()
	data := []byte("9 0 " + object)
	for _, pack := range packing {
		data = pack(data)
	}
	stream := pdftest.Stream(entries+" /N 1 /First 4", data)
	first := fmt.Sprintf("6 0 obj\n%s\nendobj\n", stream)
	at := len(before) + len(first)
	rows := []byte{1, byte(len(before) >> 8), byte(len(before)), 0, 1, byte(at >> 8), byte(at), 0, 2, 0, 6, 0}
	table := pdftest.Stream(fmt.Sprintf("/Type /XRef /Size 10 /W [1 2 1] /Index [6 2 9 1] /Root 1 0 R /Prev %d", tableOf(t, before)), rows)
	return fmt.Appendf(slices.Clone(before), "%s7 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", first, table, at)
}

// tableOf returns where the newest table of contents of a PDF begins.
func tableOf(t *testing.T, data []byte) (offset int) {
	t.Helper()
	if _, err := fmt.Sscanf(string(data[bytes.LastIndex(data, []byte("startxref\n")):]), "startxref\n%d", &offset); err != nil {
		t.Fatal(err)
	}
	return offset
}

// document returns Plain at an offset: what a program shows that begins to read there.
func document(offset int) string {
	return string(bytes.ReplaceAll(pdftest.Plain("Other"), []byte("startxref"), fmt.Appendf(nil, "%% %d\n", offset)))
}

// TestEachProgramReadsTheSame: programs follow the tables of contents, search for
// objects, show the beginning of a file before they have its end, look only at the
// last bytes for where to begin, or know abbreviations. Each finds the same.
func TestEachProgramReadsTheSame(t *testing.T) {
	t.Parallel()
	script := "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
	plain, opening := pdftest.Plain("Terms"), pdftest.With("Terms", "/OpenAction 9 0 R")
	if _, err := pdf.Inspect(packed(t, plain, "/Type /ObjStm", "<< /A 1 >>")); err != nil {
		t.Fatal(err)
	}
	refused(t, "a script in a stream of objects", packed(t, opening, "/Type /ObjStm", script), "attachments.active")
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"objects in a stream that doesn't say so": {packed(t, opening, "", script), "attachments.broken"},
		"objects packed twice": {packed(t, plain, "/Type /ObjStm /Filter [/FlateDecode /FlateDecode]", "<< >>",
			pdftest.Deflated, pdftest.Deflated), "attachments.broken"},
		"objects as differences that another one tells": {
			packed(t, plain, "/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 5 0 R >>", "<< >>", pdftest.Deflated),
			"attachments.broken"},
		"objects packed by an abbreviation": {packed(t, plain, "/Type /ObjStm /F /AHx", "<< >>"), "attachments.active"},
		"another start in a comment": {append(slices.Clone(plain), "% startxref 17\n"...),
			"attachments.two_files"},
		"a start that stands too early": {append(slices.Clone(plain), "%"+strings.Repeat("x", 2000)+"\n"...), "attachments.two_files"},
		"a document in a stream":        {pdftest.With("Terms", "", pdftest.Stream("", []byte(document(9)))), "attachments.two_files"},
		"a document in a string":        {pdftest.With("Terms", "", "(\n9 0 obj << /Type /Catalog >> endobj)"), "attachments.two_files"},
		"a trailer in a string":         {pdftest.With("Terms", "", "(trailer << /Root 9 0 R >>)"), "attachments.two_files"},
		"an object behind the one that is named": {behind(t, plain, "5 0 obj\n<< /Type /Font /BaseFont /Courier >>\nendobj\n"),
			"attachments.broken"},
		"by another generation":       {pdftest.With("Terms", "/OpenAction 5 1 R"), "attachments.broken"},
		"a table that no other names": {append(unchained(t, plain), plain[tableOf(t, plain):]...), "attachments.broken"},
		"another document of before": {append(slices.Clone(plain), replaced(changed(t, plain, "<< /Type /Catalog /Pages 2 0 R >>"),
			"/Root 1 0 R", "/Root 5 0 R")...), "attachments.broken"},
		"a number beyond the document": {replaced(pdftest.With("Terms", "", "null"), "/Size 7", "/Size 6"), "attachments.broken"},
		"fewer pages than there are":   {counting("0"), "attachments.broken"},
		"more pages than there are":    {counting("2147483647"), "attachments.broken"},
		"no number of pages":           {counting("null"), "attachments.broken"},
		"a beginning of its own":       {linearized(t), "attachments.broken"},
		"a stream's words for another tool": {pdftest.With("Terms", "", pdftest.Stream("/DP << /Predictor 2 >>", []byte("q Q"))),
			"attachments.active"},
		"a way to pack that isn't there": {pdftest.With("Terms", "", pdftest.Stream("/Filter 90 0 R", []byte("q Q"))),
			"attachments.broken"},
	} {
		refused(t, name, c.data, c.key)
	}
}

// replaced returns data with one piece of it as another of the same length.
func replaced(data []byte, old, with string) []byte {
	return bytes.Replace(data, []byte(old), []byte(with), 1)
}

// counting returns a PDF of one page that says it has another number of them.
func counting(pages string) []byte {
	return pdftest.Doc("/Root 1 0 R", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count "+pages+" >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>")
}

// behind returns a PDF with an object before its table of contents, which doesn't name it.
func behind(t *testing.T, data []byte, object string) []byte {
	t.Helper()
	at := tableOf(t, data)
	table, _, _ := bytes.Cut(data[at:], []byte("startxref"))
	return fmt.Appendf(slices.Clone(data[:at]), "%s%sstartxref\n%d\n%%%%EOF\n", object, table, at+len(object))
}

// unchained returns a PDF that gets a table of its own behind it, to which the last
// start then leads.
func unchained(t *testing.T, data []byte) []byte {
	t.Helper()
	return fmt.Appendf(slices.Clone(data), "xref\n0 0\ntrailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(data))
}

// linearized returns a PDF that says that it may be shown from its beginning on, and
// has another table of contents there than at its end.
func linearized(t *testing.T) []byte {
	t.Helper()
	before := func(length int) string {
		return fmt.Sprintf("<< /Linearized 1 /L %010d /O 3 /E 9 /N 1 /T 9 /H [0 0] >>", length)
	}
	length := len(linear(before(0)))
	return linear(before(length))
}

func linear(first string) []byte {
	head := fmt.Sprintf("%%PDF-1.4\n6 0 obj\n%s\nendobj\n", first)
	early := len(head)
	head += "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 7 /Root 1 0 R >>\n"
	body := pdftest.Plain("Terms")
	var b bytes.Buffer
	b.WriteString(head)
	var entries strings.Builder
	rest := body[bytes.Index(body, []byte("1 0 obj")):bytes.Index(body, []byte("xref\n"))]
	for i := range 5 {
		fmt.Fprintf(&entries, "%010d 00000 n \n", len(head)+bytes.Index(rest, fmt.Appendf(nil, "%d 0 obj", i+1)))
	}
	b.Write(rest)
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 7\n0000000000 65535 f \n%s%010d 00000 n \ntrailer\n<< /Size 7 /Root 1 0 R /Prev %d >>\n",
		entries.String(), strings.Index(head, "6 0 obj"), early)
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", at)
	return b.Bytes()
}

// TestOnlyLinksStandOnPages: programs draw notes, stamps and fields as they like, or
// show them when one points there.
func TestOnlyLinksStandOnPages(t *testing.T) {
	t.Parallel()
	on := func(annotation string) []byte {
		return pdftest.With("x", "", "<< /Annots [7 0 R] >>", annotation)
	}
	link := "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /Contents (Terms) /A << /S /URI /URI (https://a.example/) >> "
	if _, err := pdf.Inspect(on(link + ">>")); err != nil {
		t.Error(err)
	}
	for name, annotation := range map[string]string{
		"a note":                  "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Casino) >>",
		"a note's window":         "<< /Type /Annot /Subtype /Popup /Rect [0 0 9 9] >>",
		"words over a page":       "<< /Type /Annot /Subtype /FreeText /Rect [0 0 9 9] /Contents (Casino) >>",
		"a field":                 "<< /Type /Annot /Subtype /Widget /FT /Tx /V (5%) /Rect [0 0 9 9] >>",
		"a kind of elsewhere":     "<< /Type /Annot /Rect [0 0 9 9] >>",
		"a link that looks aside": link + "/AP << /R 4 0 R >> >>",
	} {
		refused(t, name, on(annotation), "attachments.active")
	}
	refused(t, "marks that are no list", pdftest.With("x", "", "<< /Annots << >> >>"), "attachments.broken")
}

// TestPicturesAreAsLargeAsTheySay: what unpacks a picture goes by the picture's own header.
func TestPicturesAreAsLargeAsTheySay(t *testing.T) {
	t.Parallel()
	jpeg := func(width, height string) []byte {
		return []byte("\xff\xd8\xff\xe0\x00\x04\xff\xff\xff\xc0\x00\x0b\x08" + height + width + "\x01\x01\x11\x00" +
			"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9")
	}
	jpx := func(width, height string) []byte {
		return []byte("\xff\x4f\xff\x51\x00\x29\x00\x00" + width + height + strings.Repeat("\x00", 32))
	}
	packedLarge := pdftest.Deflated(jpeg("\xff\xff", "\xff\xff"))
	image := "/Subtype /Image /Width 9 /Height 9 "
	for name, c := range map[string]struct {
		object string
		wrong  bool
	}{
		"a JPEG":              {pdftest.Stream(image+"/Filter /DCTDecode", jpeg("\x00\x09", "\x00\x09")), false},
		"a large JPEG":        {pdftest.Stream(image+"/Filter /DCTDecode", jpeg("\xff\xff", "\xff\xff")), true},
		"a packed JPEG":       {pdftest.Stream(image+"/Filter [/FlateDecode /DCTDecode]", packedLarge), true},
		"a JPEG 2000":         {pdftest.Stream(image+"/Filter /JPXDecode", jpx("\x00\x00\x00\x09", "\x00\x00\x00\x09")), false},
		"a large JPEG 2000":   {pdftest.Stream(image+"/Filter /JPXDecode", jpx("\x7f\xff\xff\xff", "\x00\x00\x00\x09")), true},
		"a high one":          {pdftest.Stream(image+"/Filter /JPXDecode", jpx("\x00\x00\x00\x09", "\xff\xff\xff\xff")), true},
		"a JPEG by reference": {pdftest.Stream(image+"/Filter [7 0 R]", jpeg("\xff\xff", "\xff\xff")), true},
	} {
		data := pdftest.With("x", "", c.object, "/DCTDecode")
		if c.wrong {
			refused(t, name, data, "attachments.too_much")
		} else if _, err := pdf.Inspect(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := strings.Repeat("xref\n0 0\ntrailer\n<< /Size 6 >>\n", 2000)
	refused(t, "thousands of tables", append(slices.Clone(pdftest.Plain("x")), many...), "attachments.too_much")
}
