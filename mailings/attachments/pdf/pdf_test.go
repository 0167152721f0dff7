package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/mailings/attachments/pdf"
	"keur/mailings/attachments/pdf/pdftest"
)

// refused fails the test unless the file is refused for the reason.
func refused(t *testing.T, what string, data []byte, key string) {
	t.Helper()
	_, err := pdf.Inspect(data)
	told, is := errors.AsType[*fault.Error](err)
	if !is || len(told.Details) != 1 || told.Details[0].Message.Key != key {
		t.Errorf("%s is refused for %v, want %s", what, err, key)
	}
}

func TestWholeFilesAreTaken(t *testing.T) {
	t.Parallel()
	link := "<< /Type /Annot /Subtype /Link /F 4 /A << /S /URI /URI (https://zeesterschoenen.nl/voorwaarden) >> >>"
	ascii := pdftest.Stream("/Filter [/ASCIIHexDecode /FlateDecode]", fmt.Appendf(nil, "%x>", pdftest.Deflated([]byte("q Q"))))
	for name, c := range map[string]struct {
		data  []byte
		links []string
	}{
		"plain":            {pdftest.Plain("Voorwaarden"), nil},
		"with a link":      {pdftest.With("Voorwaarden", "", link, link), []string{"https://zeesterschoenen.nl/voorwaarden"}},
		"opens at a page":  {pdftest.With("Voorwaarden", "/OpenAction [3 0 R /XYZ null null 0]"), nil},
		"lists no files":   {pdftest.With("Voorwaarden", "/Names << /EmbeddedFiles << /Names [] >> >>"), nil},
		"turns pages":      {pdftest.With("Voorwaarden", "", "<< /S /Named /N /NextPage >>"), nil},
		"in hexadecimal":   {pdftest.With("Voorwaarden", "", ascii), nil},
		"modern":           {pdftest.Modern("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>"), nil},
		"length elsewhere": {pdftest.With("Voorwaarden", "", "<< /Length 7 0 R >>\nstream\nq Q\nendstream", "3"), nil},
		"changed later": {append(pdftest.Plain("Voorwaarden"), changed(t, pdftest.Plain("Voorwaarden"),
			"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")...), nil},
	} {
		report, err := pdf.Inspect(c.data)
		if err != nil || report.Pages != 1 || !slices.Equal(report.Links, c.links) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

// changed returns what is appended to a PDF to give its fifth object another value.
func changed(t *testing.T, before []byte, object string) []byte {
	t.Helper()
	var table int
	at := bytes.LastIndex(before, []byte("startxref\n"))
	if _, err := fmt.Sscanf(string(before[at:]), "startxref\n%d", &table); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf("5 0 obj\n%s\nendobj\n", object)
	return fmt.Appendf(nil, "%sxref\n5 1\n%010d 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n",
		body, len(before), table, len(before)+len(body))
}

// TestWhatDoesSomethingIsRefused has a file of each kind, in an object of the
// newest version, of an older one, and packed in a stream.
func TestWhatDoesSomethingIsRefused(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]string{
		"a script":                 "<< /S /JavaScript /JS (app.alert(1)) >>",
		"a script by an escape":    "<< /S /J#61vaScript >>",
		"a script's key":           "<< /Type /Annot /Subtype /Link /A << /JS (x) >> >>",
		"a list of scripts":        "<< /JavaScript << /Names [(a) 3 0 R] >> >>",
		"an action at each page":   "<< /AA << /O << /S /GoTo /D [3 0 R /Fit] >> >> >>",
		"an action on opening":     "<< /OpenAction << /S /URI /URI (https://a.example/) >> >>",
		"a program":                "<< /S /Launch /F (calc.exe) >>",
		"a form that sends":        "<< /S /SubmitForm /F << /FS /URL /F (https://a.example/) >> >>",
		"data from a file":         "<< /S /ImportData /F (a.fdf) >>",
		"a link to a file":         "<< /S /GoToR /D [0 /Fit] /F (b.pdf) >>",
		"a link into a file in it": "<< /S /GoToE /D [0 /Fit] >>",
		"a file in it":             "<< /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>",
		"a list of files in it":    "<< /EmbeddedFiles << /Names [(a) 4 0 R] >> >>",
		"lists of such lists":      "<< /EmbeddedFiles << /Kids [3 0 R] >> >>",
		"a portfolio":              "<< /Collection << /View /D >> >>",
		"a form in XML":            "<< /Fields [] /XFA [(a) 4 0 R] >>",
		"a hidden annotation":      "<< /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] /F 34 >>",
		"a film":                   "<< /Type /Annot /Subtype /RichMedia >>",
		"a screen":                 "<< /Type /Annot /Subtype /Screen >>",
		"a file to click":          "<< /Type /Annot /Subtype /FileAttachment >>",
		"PostScript":               "<< /Type /XObject /Subtype /PS >>",
		"a stream of elsewhere":    "<< /Length 0 /F (https://a.example/x) >>",
		"saving under a name":      "<< /S /Named /N /SaveAs >>",
		"an action of elsewhere":   "<< /S 4 0 R >>",
		"one within a list":        "[ 1 [ << /K [ << /S /Launch >> ] >> ] ]",
	} {
		refused(t, name, pdftest.With("x", "", object), "attachments.active")
		plain := pdftest.Plain("x")
		older := append(slices.Clone(pdftest.With("x", "")), changed(t, pdftest.With("x", ""), object)...)
		older = append(older, changed(t, older, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")...)
		refused(t, name+" of an older version", older, "attachments.active")
		refused(t, name+" in a stream", pdftest.Modern("<< /Type /Page /Parent 2 0 R /X "+object+" >>"), "attachments.active")
		if _, err := pdf.Inspect(plain); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLinksAreSafe(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"http:", "http:///x", "https://bank.example@a.example/",
		"mailto:", "mailto:a", "mailto:?subject=x", "mailto:a@a.example,b@a.example",
		"mailto:a@a.example?attach=/etc/passwd", "mailto:a@a.example?Attachment=x", "mailto:a@a.example?bcc=b@a.example",
		"mailto:a@a.example?subject=%0", "mailto:a%2Cb@a.example", "mailto:a%0D%0Abcc%3Ab@a.example",
		"javascript:alert1", "file:///etc/passwd", "", "//a.example/", "https:",
		"https://a.example/\\377",
		"https://a.example/\\nb", "smb://a.example/x", "terms.pdf",
	} {
		refused(t, address, pdftest.With("x", "", "<< /S /URI /URI ("+address+") >>"), "attachments.link")
	}
	refused(t, "a base", pdftest.With("x", "/URI << /Base (ftp://a.example/) >>"), "attachments.link")
	refused(t, "a number", pdftest.With("x", "/URI 4"), "attachments.broken")
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf("<< /S /URI /URI (https://a.example/%d) >>", i))
	}
	refused(t, "101 links", pdftest.With("x", "", many...), "attachments.links")
	report, err := pdf.Inspect(pdftest.With("x", "", "<< /S /URI /URI <68747470733A2F2F612E6578616D706C652F> >>"))
	if err != nil || !slices.Equal(report.Links, []string{"https://a.example/"}) {
		t.Errorf("in hexadecimal: %+v, %v", report, err)
	}
	safe := []string{"http://a.example/x?a=b", "HTTPS://a.example", "mailto:hallo@a.example",
		"mailto:a@a.example?Subject=Terms&body=Hi%20there"}
	var objects []string
	for _, address := range safe {
		objects = append(objects, "<< /S /URI /URI ("+address+") >>")
	}
	if report, err = pdf.Inspect(pdftest.With("x", "", objects...)); err != nil || !slices.Equal(report.Links, safe) {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestLayersAreAllShown: layers are taken as programs write them, unless one is out
// of sight at first or comes and goes.
func TestLayersAreAllShown(t *testing.T) {
	t.Parallel()
	layered := func(config string, layers ...string) []byte {
		return pdftest.With("x", "/OCProperties << /OCGs [6 0 R 7 0 R] /D << /ON [6 0 R] /Order [6 0 R 7 0 R] "+config+" >> >>",
			append(append([]string{}, layers...), "<< /Type /OCG /Name (Layer 1) >>", "<< /Type /OCG /Name (Layer 2) >>")[:2]...)
	}
	usage := func(entries string) []byte {
		return layered("", "<< /Type /OCG /Name (a) /Usage << /CreatorInfo << /Creator (x) >> "+entries+" >> >>")
	}
	for name, data := range map[string][]byte{
		"plain":     layered(""),
		"by name":   layered("/BaseState /ON /OFF [] /Locked []"),
		"by events": layered("/AS [<< /Event /Print /Category [/Print] /OCGs [6 0 R] >>]"),
		"in use":    usage("/View << /ViewState /ON >> /Print << /PrintState /ON >>"),
		"members":   layered("", "<< /Type /OCG /Name (a) >>", "<< /Type /OCMD /P /AnyOn /OCGs [6 0 R] >>"),
	} {
		if _, err := pdf.Inspect(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{
		"off":               layered("/OFF [7 0 R]"),
		"off by reference":  layered("/OFF 7 0 R", "<< /Type /OCG /Name (a) >>", "[6 0 R]"),
		"off at first":      layered("/BaseState /OFF"),
		"as they were":      layered("/BaseState /Unchanged"),
		"another set":       pdftest.With("x", "/OCProperties << /Configs [<< /OFF [6 0 R] >>] >>"),
		"in print alone":    usage("/View << /ViewState /OFF >>"),
		"on screens alone":  usage("/Print << /PrintState /OFF >>"),
		"not in copies":     usage("/Export << /ExportState /OFF >>"),
		"at a zoom":         usage("/Zoom << /min 2 >>"),
		"in a language":     usage("/Language << /Lang (nl) >>"),
		"for somebody":      usage("/User << /Type /Ind /Name (x) >>"),
		"while another off": layered("", "<< /Type /OCG /Name (a) >>", "<< /Type /OCMD /P /AllOff /OCGs [6 0 R] >>"),
		"by an expression":  layered("", "<< /Type /OCG /Name (a) >>", "<< /Type /OCMD /VE [/Not 6 0 R] >>"),
	} {
		refused(t, name, data, "attachments.layers")
	}
}

func TestWhatNobodyCanReadIsRefused(t *testing.T) {
	t.Parallel()
	plain := pdftest.Plain("Voorwaarden")
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"nothing":             {nil, "attachments.empty"},
		"a picture":           {[]byte("\x89PNG\r\n\x1a\n"), "attachments.no_pdf"},
		"something before it": {append([]byte("MZ\x90"), plain...), "attachments.no_pdf"},
		"a blank before it":   {append([]byte("\n"), plain...), "attachments.no_pdf"},
		"encrypted": {pdftest.Doc("/Root 1 0 R /Encrypt 2 0 R", "<< /Type /Catalog >>", "<< /Filter /Standard >>"),
			"attachments.encrypted"},
		"encrypted by filter": {pdftest.With("x", "", pdftest.Stream("/Filter /Crypt", []byte("x"))), "attachments.encrypted"},
		"a script behind it":  {append(slices.Clone(plain), "<script>alert(1)</script>"...), "attachments.broken"},
		"a program behind it": {append(slices.Clone(plain), "\x7fELF\x02\x01\x01"...), "attachments.broken"},
		"a ZIP behind it":     {append(slices.Clone(plain), "%PK\x05\x06\x00\x00"...), "attachments.two_files"},
		"a ZIP in it": {pdftest.With("x", "", pdftest.Stream("", []byte("PK\x03\x04PK\x05\x06"))),
			"attachments.two_files"},
		"a RAR in it":      {pdftest.With("x", "", pdftest.Stream("", []byte("Rar!\x1a\x07\x00"))), "attachments.two_files"},
		"long comments":    {append(slices.Clone(plain), "%"+strings.Repeat("x", 9000)...), "attachments.two_files"},
		"cut off":          {plain[:len(plain)-60], "attachments.broken"},
		"cut in an object": {plain[:200], "attachments.broken"},
		"no pages": {pdftest.Doc("/Root 1 0 R", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"),
			"attachments.pages"},
		"pages in a circle": {pdftest.Doc("/Root 1 0 R", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] >>"),
			"attachments.broken"},
		"no catalog":             {pdftest.Doc("/Root 2 0 R", "", "<< /Type /Pages /Kids [] >>"), "attachments.broken"},
		"a key that comes twice": {pdftest.With("x", "", "<< /A 1 /A 2 >>"), "attachments.broken"},
		"a broken stream": {pdftest.With("x", "", pdftest.Stream("/Filter /FlateDecode", []byte("no zlib"))),
			"attachments.broken"},
		"an unknown filter": {pdftest.With("x", "", pdftest.Stream("/Filter /Brotli", []byte("x"))), "attachments.broken"},
		"another length":    {pdftest.With("x", "", "<< /Length 7 0 R >>\nstream\nq Q\nendstream", "30"), "attachments.broken"},
		"a table that leads elsewhere": {bytes.Replace(plain, []byte("0000000015 00000 n"), []byte("0000000017 00000 n"), 1),
			"attachments.broken"},
		"a start that leads elsewhere": {bytes.Replace(plain, []byte("startxref\n"), []byte("startxref\n1"), 1), "attachments.broken"},
	} {
		refused(t, name, c.data, c.key)
	}
}

// TestBombsAreRefused: what takes more memory or time than a mail program has.
func TestBombsAreRefused(t *testing.T) {
	t.Parallel()
	zeros := bytes.Repeat([]byte{0}, 100<<20)
	once := pdftest.Deflated(zeros)
	runs := pdftest.Deflated(bytes.Repeat([]byte{129, 0}, 1<<20)) // 128 zeros each
	for name, object := range map[string]string{
		"a stream":           pdftest.Stream("/Filter /FlateDecode", once),
		"twice":              pdftest.Stream("/Filter [/FlateDecode /FlateDecode]", pdftest.Deflated(once)),
		"packed objects":     pdftest.Stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", once),
		"runs":               pdftest.Stream("/Filter [/FlateDecode /RunLengthDecode]", runs),
		"a picture's pixels": pdftest.Stream("/Subtype /Image /Width 60000 /Height 60000 /Filter /DCTDecode", []byte("x")),
		"a deep list":        strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"a long list":        "[" + strings.Repeat("1 ", 500_000) + "]",
	} {
		refused(t, name, pdftest.With("x", "", object), "attachments.too_much")
	}
	var kids strings.Builder
	pages := []string{"<< /Type /Catalog /Pages 2 0 R >>", ""}
	for i := range pdf.MaxPages + 1 {
		fmt.Fprintf(&kids, "%d 0 R ", i+3)
		pages = append(pages, "<< /Type /Page /Parent 2 0 R >>")
	}
	pages[1] = "<< /Type /Pages /Kids [" + kids.String() + "] >>"
	refused(t, "too many pages", pdftest.Doc("/Root 1 0 R", pages...), "attachments.pages")
}

// FuzzInspect: whatever is put up ends in a report or in an Invalid fault.
func FuzzInspect(f *testing.F) {
	f.Add(pdftest.Plain("Voorwaarden"))
	f.Add(pdftest.Modern("<< /Type /Page /Parent 2 0 R >>"))
	f.Add(pdftest.With("x", "", "<< /S /URI /URI (https://a.example/) >>",
		pdftest.Stream("/Filter [/ASCII85Decode /LZWDecode]", []byte("J..~>"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := pdf.Inspect(data)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
		if err == nil && (report.Pages < 1 || report.Pages > pdf.MaxPages || !bytes.HasPrefix(data, []byte("%PDF-"))) {
			t.Errorf("taken as %+v", report)
		}
	})
}
