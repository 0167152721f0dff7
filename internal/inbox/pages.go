package inbox

import (
	"embed"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageSize is how many mails a page lists.
const pageSize = 50

// Mail is shown in a frame that runs no script, sends no form and belongs to
// no site; also when it is opened by itself.
const mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " +
	"img-src http: https: data:; style-src 'unsafe-inline' http: https:; font-src http: https: data:"

const pagePolicy = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"

//go:embed pages
var files embed.FS

// pages shows the inbox. It holds no address of its own: links are relative,
// so that it can hang anywhere.
type pages struct {
	inbox    *Inbox
	template *template.Template
}

// Handler returns pages to read the mail: a list that can be searched by
// recipient, and each mail as HTML, as text, its header, and raw. They change
// nothing and ask for no password, so they answer at an address, at localhost
// and under the names given alone: a page of the internet whose name leads here
// must not read the mail of this machine.
func (i *Inbox) Handler(names ...string) http.Handler {
	p := &pages{inbox: i, template: template.Must(template.New("").Funcs(template.FuncMap{
		"subject": func(m Mail) string { return subjectOf(m.Data) },
		"to":      func(m Mail) string { return strings.Join(m.To, ", ") },
		"clock":   func(t time.Time) string { return t.Local().Format("15:04:05") },
		"size":    func(m Mail) string { return strconv.Itoa((len(m.Data)+1023)/1024) + " KB" },
	}).ParseFS(files, "pages/*.html"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.list)
	mux.HandleFunc("GET /mail/{id}", p.mail)
	mux.HandleFunc("GET /mail/{id}/html", p.html)
	mux.HandleFunc("GET /mail/{id}/raw", p.raw)
	mux.HandleFunc("GET /inbox.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "pages/inbox.css")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !known(r.Host, names) {
			http.Error(w, "The inbox doesn't answer under this name.", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// known reports whether a request was meant for the inbox: it names an address,
// this machine, or one of the names.
func known(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	_, err := netip.ParseAddr(host)
	return host != "" && (err == nil || host == "localhost" || slices.ContainsFunc(names, func(name string) bool {
		return strings.EqualFold(name, host)
	}))
}

// list shows a page of mails.
func (p *pages) list(w http.ResponseWriter, r *http.Request) {
	to := r.FormValue("to")
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // nonsense means from the start
	mails := p.inbox.Find(to, before, pageSize+1)
	var older int64
	if len(mails) > pageSize {
		mails = mails[:pageSize]
		older = mails[pageSize-1].ID
	}
	p.show(w, "list.html", map[string]any{
		"To": to, "Mails": mails, "Older": older, "Received": p.inbox.Received(), "Latest": before == 0 && to == "",
	})
}

// mail shows one mail in the view that was asked for.
func (p *pages) mail(w http.ResponseWriter, r *http.Request) {
	m, ok := p.wanted(w, r)
	if !ok {
		return
	}
	l := open(m.Data)
	view := r.FormValue("view")
	switch {
	case view == "text" || view == "header":
	case l.HTML == "" && l.Text != "":
		view = "text"
	default:
		view = "html"
	}
	p.show(w, "mail.html", map[string]any{"Mail": m, "Message": l, "View": view})
}

// html serves the HTML part for the frame.
func (p *pages) html(w http.ResponseWriter, r *http.Request) {
	m, ok := p.wanted(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	answer(w, "text/html; charset=utf-8", open(m.Data).opening())
}

// raw serves the mail as it came.
func (p *pages) raw(w http.ResponseWriter, r *http.Request) {
	m, ok := p.wanted(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	answer(w, "text/plain; charset=utf-8", string(m.Data))
}

// wanted returns the mail that the path names, or answers 404.
func (p *pages) wanted(w http.ResponseWriter, r *http.Request) (Mail, bool) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	m, ok := p.inbox.Get(id)
	if !ok {
		http.Error(w, "This mail is not kept, or no longer.", http.StatusNotFound)
	}
	return m, ok
}

// show renders a page whole before it answers.
func (p *pages) show(w http.ResponseWriter, name string, data any) {
	var page strings.Builder
	if err := p.template.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "This page can't be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", pagePolicy)
	answer(w, "text/html; charset=utf-8", page.String())
}

func answer(w http.ResponseWriter, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(body)) // the reader has gone if this fails
}
