package requests

import "keur/internal/notices"

// fill writes one of the letters of request_letter in a language.
func fill(letter, locale string, name, by, url string, r Request, text string) notices.Letter {
	return notices.Write(locale, letter, "name", name, "by", by, "title", r.Title, "text", text, "url", url)
}
