/* The sniffer: each type by its bytes, the label as a hint, and what hides behind a wrong label. */
#include "suites.h"

#include "classify/mime.h"

#include <stdio.h>
#include <zlib.h>

#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct mime_hints no_hints;

static struct mime_answer
sniff_as(struct slice head, const char *label, const char *path)
{
	return mime_sniff(head, &(struct mime_hints){slice_of(label), slice_of(path)});
}

static const struct {
	struct slice bytes;
	enum mime_type type;
} by_signature[] = {
	{BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), MIME_PNG},
	{BYTES("\xff\xd8\xff\xe0\0\x10JFIF\0"), MIME_JPEG},
	{BYTES("GIF89a\x01\0\x01\0"), MIME_GIF},
	{BYTES("RIFF\x24\0\0\0WEBPVP8 "), MIME_WEBP},
	{BYTES("RIFF\x24\0\0\0WAVEfmt "), MIME_WAV},
	{BYTES("RIFF\x24\0\0\0AVI LIST"), MIME_AVI},
	{BYTES("FORM\0\0\0\x24"
	       "AIFFCOMM"),
		MIME_AIFF},
	{BYTES("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), MIME_BMP},
	{BYTES("\0\0\x01\0\x01\0\x10\x10\0\0\x01\0"), MIME_ICO},
	{BYTES("II*\0\x08\0\0\0"), MIME_TIFF},
	{BYTES("\0\0\0\x1c"
	       "ftypavif\0\0\0\0avifmif1miaf"),
		MIME_AVIF},
	{BYTES("\0\0\0\x18"
	       "ftypmif1\0\0\0\0mif1avif"),
		MIME_AVIF},
	{BYTES("\0\0\0\x18"
	       "ftypheic\0\0\0\0mif1heic"),
		MIME_HEIC},
	{BYTES("\0\0\0\x18"
	       "ftypisom\0\0\0\0isommp42"),
		MIME_MP4},
	{BYTES("\0\0\0\x14"
	       "ftypqt  \0\0\0\0qt  "),
		MIME_QUICKTIME},
	{BYTES("\0\0\0\x18"
	       "ftypM4A \0\0\0\0M4A mp42"),
		MIME_M4A},
	{BYTES("\0\0\0\x0cJXL \r\n\x87\n"), MIME_JXL},
	{BYTES("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"), MIME_WEBM},
	{BYTES("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska"), MIME_MATROSKA},
	{BYTES("OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1eOpusHead"), MIME_OGG_AUDIO},
	{BYTES("OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x2a\x80theora"), MIME_OGG_VIDEO},
	{BYTES("ID3\x03\0\0\0\0\0\0"), MIME_MP3},
	{BYTES("\xff\xfb\x90\x64\0\0"), MIME_MP3},
	{BYTES("\xff\xf1\x50\x80\0\0"), MIME_AAC},
	{BYTES("fLaC\0\0\0\x22"), MIME_FLAC},
	{BYTES("MThd\0\0\0\x06\0\x01"), MIME_MIDI},
	{BYTES("FLV\x01\x05\0\0\0\x09"), MIME_FLV},
	{BYTES("\0\0\x01\xba\x44\0"), MIME_MPEG},
	{BYTES("wOF2\0\x01\0\0"), MIME_WOFF2},
	{BYTES("wOFF\0\x01\0\0"), MIME_WOFF},
	{BYTES("\0\x01\0\0\0\x0b\0\x80\0\x03\0\x30"
	       "GSUB"),
		MIME_TTF},
	{BYTES("OTTO\0\x0a\0\x80"), MIME_OTF},
	{BYTES("\x7f"
	       "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0"),
		MIME_ELF},
	{BYTES("\x7f"
	       "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0"),
		MIME_ELF_SHARED},
	{BYTES("\x7f"
	       "ELF\x01\x02\x01\0\0\0\0\0\0\0\0\0\0\x01\0\x14"),
		MIME_ELF_OBJECT},
	{BYTES("\xcf\xfa\xed\xfe\x07\0\0\x01"), MIME_MACHO},
	{BYTES("\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07"), MIME_MACHO},
	{BYTES("\xca\xfe\xba\xbe\0\0\0\x34\0\x10"), MIME_JAVA_CLASS},
	{BYTES("dex\n035\0"), MIME_DEX},
	{BYTES("!<arch>\ndebian-binary   1410122664  0"), MIME_DEB},
	{BYTES("!<arch>\n/               0           0"), MIME_AR},
	{BYTES("\xed\xab\xee\xdb\x03\0"), MIME_RPM},
	{BYTES("Cr24\x03\0\0\0"), MIME_CRX},
	{BYTES("xar!\0\x1c\0\x01"), MIME_XAR},
	{BYTES("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F"), MIME_SHORTCUT},
	{BYTES("CWS\x0a\0\x10\0\0"), MIME_SWF},
	{BYTES("\0asm\x01\0\0\0"), MIME_WASM},
	{BYTES("\x1f\x8b\x08\0\0\0\0\0"), MIME_GZIP},
	{BYTES("BZh91AY&SY\0"), MIME_BZIP2},
	{BYTES("\xfd"
	       "7zXZ\0\0\x04"),
		MIME_XZ},
	{BYTES("7z\xbc\xaf\x27\x1c\0\x04"), MIME_7ZIP},
	{BYTES("Rar!\x1a\x07\x01\0"), MIME_RAR},
	{BYTES("\x28\xb5\x2f\xfd\x04\0"), MIME_ZSTD},
	{BYTES("MSCF\0\0\0\0\x10\0"), MIME_CAB},
	{BYTES("]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0"), MIME_LZMA},
	{BYTES("PK\x05\x06\0\0\0\0"), MIME_ZIP},
	{BYTES("%PDF-1.7\n"), MIME_PDF},
	{BYTES("%!PS-Adobe-3.0\n"), MIME_POSTSCRIPT},
	{BYTES("{\\rtf1\\ansi"), MIME_RTF},
	{BYTES("ITSF\x03\0\0\0"), MIME_CHM},
	{BYTES("QFI\xfb\0\0\0\x03"), MIME_QCOW},
	{BYTES("conectix\0\0\0\x02"), MIME_VHD},
	{BYTES("vhdxfileM\0i\0"), MIME_VHDX},
	{BYTES("KDMV\x01\0\0\0"), MIME_VMDK},
	{BYTES("MSWIM\0\0\0\xd0\0"), MIME_WIM},
	{BYTES("hsqs\x01\0\0\0"), MIME_SQUASHFS},
	{BYTES("\x78\x01\x73\x0d\x62\x62\x60\x60"), MIME_DMG},
	{BYTES("SQLite format 3\0\x10"), MIME_SQLITE},
	{BYTES("\xd4\xc3\xb2\xa1\x02\0\x04\0"), MIME_PCAP},
	{BYTES("\xde\x12\x04\x95\0\0\0\0"), MIME_GETTEXT},
	{BYTES("d8:announce35:udp"), MIME_TORRENT},
	{BYTES("\xa7\x0d\r\n\0\0\0\0\x12\x34"), MIME_PYTHON_BYTECODE},
	{BYTES("\x01\x02garbage\n%PDF-1.4\n"), MIME_PDF},
};

START_TEST(each_signature_names_its_type_without_any_label)
{
	for (size_t i = 0; i < sizeof by_signature / sizeof by_signature[0]; i++) {
		struct mime_answer answer = mime_sniff(by_signature[i].bytes, &no_hints);

		ck_assert_msg(answer.type == by_signature[i].type, "row %zu: %s, want %s", i,
			mime_type_name(answer.type), mime_type_name(by_signature[i].type));
		ck_assert_int_eq(answer.evidence, MIME_BY_SIGNATURE);
	}
}
END_TEST

START_TEST(a_signature_cut_short_at_any_byte_is_never_that_type_by_accident)
{
	/* Nothing may be read behind the head (the sanitizer watches), and one byte names nothing. */
	for (size_t i = 0; i < sizeof by_signature / sizeof by_signature[0]; i++)
		for (size_t n = 0; n <= by_signature[i].bytes.len; n++) {
			char *copy = malloc(n + 1);

			memcpy(copy, by_signature[i].bytes.ptr, n);
			copy = realloc(copy, n ? n : 1);
			if (n < 2)
				ck_assert_int_ne(mime_sniff(slice_make(copy, n), &no_hints).type, by_signature[i].type);
			else
				mime_sniff(slice_make(copy, n), &no_hints);
			free(copy);
		}
}
END_TEST

static const struct {
	const char *text;
	const char *label;
	const char *path;
	enum mime_type type;
	enum mime_evidence evidence;
} texts[] = {
	{"<!DOCTYPE html><p>", "", "", MIME_HTML, MIME_BY_MARKUP},
	{"  \r\n\t<HTML><HEAD>", "", "", MIME_HTML, MIME_BY_MARKUP},
	{"<!-- a comment -->\n<html>", "", "", MIME_HTML, MIME_BY_MARKUP},
	{"<!-- a comment without an end", "", "", MIME_HTML, MIME_BY_MARKUP},
	{"<script>alert(1)</script>", "image/png", "", MIME_HTML, MIME_BY_MARKUP},
	{"<script>alert(1)</script>", "text/plain", "", MIME_HTML, MIME_BY_MARKUP},
	{"\xef\xbb\xbf<html>", "", "", MIME_HTML, MIME_BY_MARKUP},
	{"no markup at all", "text/html; charset=utf-8", "", MIME_HTML, MIME_BY_LABEL},
	{"<?xml version=\"1.0\"?><note/>", "", "", MIME_XML, MIME_BY_MARKUP},
	{"<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-\">", "", "", MIME_XHTML, MIME_BY_MARKUP},
	{"<?xml version=\"1.0\"?><!-- x --><svg xmlns=\"\">", "", "", MIME_SVG, MIME_BY_MARKUP},
	{"<svg viewBox=\"0 0 1 1\">", "image/svg+xml", "", MIME_SVG, MIME_BY_MARKUP},
	{"<?xml version='1.0'?><rss version='2.0'>", "", "", MIME_RSS, MIME_BY_MARKUP},
	{"<feed xmlns=\"http://www.w3.org/2005/Atom\">", "", "", MIME_ATOM, MIME_BY_MARKUP},
	{"<?xml version='1.0'?><unknown>", "text/html", "", MIME_HTML, MIME_BY_MARKUP},
	{"<abbr title=\"x\">y", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"<b>bold", "", "", MIME_HTML, MIME_BY_MARKUP},
	{"<bold claim", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"var x = 1;", "application/javascript", "", MIME_JAVASCRIPT, MIME_BY_LABEL},
	{"<!-- var x = 1;", "text/javascript", "", MIME_JAVASCRIPT, MIME_BY_LABEL},
	{"var x = 1;", "", "/a/b.js", MIME_JAVASCRIPT, MIME_BY_NAME},
	{"var x = 1;", "text/plain", "/a/b.js", MIME_JAVASCRIPT, MIME_BY_NAME},
	{"var x = 1;", "", "/a.js/b", MIME_TEXT, MIME_BY_BYTES},
	{"a { color: red }", "text/css", "", MIME_CSS, MIME_BY_LABEL},
	{"{\"a\": 1}", "", "", MIME_JSON, MIME_BY_MARKUP},
	{"[{\"a\": 1}]", "text/plain", "", MIME_JSON, MIME_BY_MARKUP},
	{"[1, 2]", "", "", MIME_JSON, MIME_BY_MARKUP},
	{"{}", "application/problem+json", "", MIME_JSON, MIME_BY_LABEL},
	{"[section]\nkey=1\n", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"{ return 1; }", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"#!/bin/sh\nrm -rf x\n", "text/plain", "", MIME_SHELL, MIME_BY_SIGNATURE},
	{"#!/usr/bin/env -S python3.11 -u\n", "", "", MIME_PYTHON, MIME_BY_SIGNATURE},
	{"#! /usr/bin/perl -w\n", "", "", MIME_PERL, MIME_BY_SIGNATURE},
	{"@echo off\r\ndel x\r\n", "", "", MIME_BATCH, MIME_BY_SIGNATURE},
	{"Write-Host 1", "text/plain", "/x.ps1", MIME_POWERSHELL, MIME_BY_NAME},
	{"<?php echo 1;", "text/html", "", MIME_PHP, MIME_BY_SIGNATURE},
	{"-----BEGIN CERTIFICATE-----\n", "", "", MIME_PEM, MIME_BY_SIGNATURE},
	{"data: x\n\n", "text/event-stream", "", MIME_EVENT_STREAM, MIME_BY_LABEL},
	{"BMW and MZ are letters, PK too", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"MZ is a text", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"ID3 tags are nice", "", "", MIME_TEXT, MIME_BY_BYTES},
	{"Gru\xc3\xbc"
	 "e",
		"", "", MIME_TEXT, MIME_BY_BYTES},
	{"", "text/html", "/x.html", MIME_EMPTY, MIME_BY_NOTHING},
};

START_TEST(texts_are_told_apart_by_markup_then_label_then_name)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct mime_answer answer = sniff_as(slice_of(texts[i].text), texts[i].label, texts[i].path);

		ck_assert_msg(answer.type == texts[i].type && answer.evidence == texts[i].evidence, "row %zu: %s by %s",
			i, mime_type_name(answer.type), mime_evidence_name(answer.evidence));
	}
}
END_TEST

START_TEST(a_label_that_the_bytes_exclude_is_reported)
{
	static const struct {
		struct slice bytes;
		const char *label;
		bool lies;
	} cases[] = {
		{BYTES("\x7f"
		       "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0"),
			"image/png", true},
		{BYTES("\x7f"
		       "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0"),
			"text/plain", true},
		{BYTES("\x7f"
		       "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0"),
			"application/octet-stream", false},
		{BYTES("\x7f"
		       "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0"),
			"application/x-never-heard-of", false},
		{BYTES("\x89PNG\r\n\x1a\n\0"), "image/jpeg", false},
		{BYTES("\x89PNG\r\n\x1a\n\0"), "image/png", false},
		{BYTES("\x01\x02\x03\x04"), "image/png", true},
		{BYTES("\x01\x02\x03\x04"), "application/grpc", false},
		{BYTES("<html>"), "image/gif", true},
		{BYTES("<html>"), "text/plain", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(sniff_as(cases[i].bytes, cases[i].label, "").label_lies == cases[i].lies, "row %zu", i);
}
END_TEST

START_TEST(binary_bytes_take_a_label_only_where_the_type_has_no_signature)
{
	struct slice bytes = slice_make("\0\x01\x02\x03\x04", 5);

	ck_assert_int_eq(sniff_as(bytes, "application/grpc+proto", "").type, MIME_GRPC);
	ck_assert_int_eq(sniff_as(bytes, "image/png", "").type, MIME_BINARY);
	ck_assert_int_eq(sniff_as(bytes, "text/html", "").type, MIME_BINARY);
	ck_assert_int_eq(sniff_as(bytes, "", "/disk.iso").type, MIME_ISO);
	ck_assert_int_eq(sniff_as(bytes, "", "/page.html").type, MIME_BINARY);
}
END_TEST

START_TEST(a_nul_does_not_hide_a_page_and_utf16_does_not_either)
{
	ck_assert_int_eq(mime_sniff(slice_make("<html>\0\x01", 8), &no_hints).type, MIME_HTML);
	ck_assert_int_eq(mime_sniff(slice_make("\xff\xfe<\0h\0t\0m\0l\0>\0", 14), &no_hints).type, MIME_HTML);
	ck_assert_int_eq(mime_sniff(slice_make("\xfe\xff\0<\0s\0v\0g\0 ", 12), &no_hints).type, MIME_SVG);
	ck_assert_int_eq(mime_sniff(slice_make("\xfe\xff\0a\0b", 6), &no_hints).type, MIME_TEXT);
}
END_TEST

/* Appends a local file header and its data; returns the new length. */
static size_t
zip_add(char *zip, size_t at, const char *name, const void *data, size_t size, uint16_t method)
{
	unsigned char header[30] = {'P', 'K', 3, 4, 20};

	header[8] = (unsigned char)method;
	header[18] = (unsigned char)size;
	header[19] = (unsigned char)(size >> 8);
	header[26] = (unsigned char)strlen(name);
	memcpy(zip + at, header, sizeof header);
	memcpy(zip + at + 30, name, strlen(name));
	memcpy(zip + at + 30 + strlen(name), data, size);
	return at + 30 + strlen(name) + size;
}

static size_t
deflate_raw(const char *text, char *out, size_t room)
{
	z_stream z = {.next_in = (Bytef *)text,
		.avail_in = (uInt)strlen(text),
		.next_out = (Bytef *)out,
		.avail_out = (uInt)room};

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

START_TEST(zip_files_are_named_by_what_they_carry)
{
	static const struct {
		const char *first, *first_data, *second;
		enum mime_type type;
	} cases[] = {
		{"readme.txt", "hello", "photo.jpg", MIME_ZIP},
		{"mimetype", "application/epub+zip", "META-INF/container.xml", MIME_EPUB},
		{"mimetype", "application/vnd.oasis.opendocument.text", "content.xml", MIME_ODT},
		{"mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", MIME_ODS},
		{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0", "a/B.class", MIME_JAR},
		{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0", "classes.dex", MIME_APK},
		{"AndroidManifest.xml", "x", "res/a", MIME_APK},
		{"Payload/App.app/Info.plist", "x", "y", MIME_IPA},
		{"_rels/.rels", "x", "word/document.xml", MIME_DOCX},
		{"_rels/.rels", "x", "word/vbaProject.bin", MIME_OOXML_MACRO},
		{"a/mimetype", "application/epub+zip", "b", MIME_ZIP},
	};
	char zip[1024];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = zip_add(zip, 0, cases[i].first, cases[i].first_data, strlen(cases[i].first_data), 0);
		enum mime_type type;

		n = zip_add(zip, n, cases[i].second, "data", 4, 0);
		type = mime_sniff(slice_make(zip, n), &no_hints).type;
		ck_assert_msg(type == cases[i].type, "row %zu: %s", i, mime_type_name(type));
	}
}
END_TEST

START_TEST(office_macros_are_seen_in_the_compressed_content_types_although_the_project_is_out_of_sight)
{
	static const struct {
		const char *main_part;
		enum mime_type type;
	} cases[] = {
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", MIME_DOCX},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", MIME_XLSX},
		{"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml", MIME_PPTX},
		{"application/vnd.ms-word.document.macroEnabled.main+xml", MIME_DOCM},
		{"application/vnd.ms-excel.sheet.macroEnabled.main+xml", MIME_XLSM},
		{"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml", MIME_PPTM},
		{"application/vnd.ms-office.vbaProject", MIME_OOXML_MACRO},
		{"application/octet-stream", MIME_OOXML},
	};
	char text[1024], packed[1024], zip[2048];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct mime_answer answer;
		size_t n;

		snprintf(text, sizeof text,
			"<?xml version=\"1.0\"?><Types><Override PartName=\"/x\" ContentType=\"%s\"/></Types>",
			cases[i].main_part);
		n = deflate_raw(text, packed, sizeof packed);
		n = zip_add(zip, 0, "[Content_Types].xml", packed, n, 8);
		answer = sniff_as(slice_make(zip, n),
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "");
		ck_assert_msg(answer.type == cases[i].type, "row %zu: %s", i, mime_type_name(answer.type));
		ck_assert_int_eq(answer.label_lies, mime_type_class(cases[i].type) == MIME_CLASS_OFFICE_MACRO);
		for (size_t cut = 0; cut < n; cut++)
			mime_sniff(slice_make(zip, cut), &no_hints);
	}
}
END_TEST

static void
ole_entry(unsigned char *at, const char *name)
{
	for (size_t i = 0; name[i]; i++)
		at[2 * i] = (unsigned char)name[i];
}

START_TEST(ole_files_are_named_by_their_directory)
{
	static const struct {
		const char *entry, *second;
		enum mime_type type;
	} cases[] = {
		{"WordDocument", "1Table", MIME_DOC},
		{"Workbook", "x", MIME_XLS},
		{"PowerPoint Document", "x", MIME_PPT},
		{"WordDocument", "Macros", MIME_OLE_MACRO},
		{"_VBA_PROJECT_CUR", "Workbook", MIME_OLE_MACRO},
		{"Unknown", "x", MIME_OLE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned char file[1536] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, [0x1e] = 9, [0x30] = 1};

		ole_entry(file + 1024, "Root Entry");
		ole_entry(file + 1024 + 128, cases[i].entry);
		ole_entry(file + 1024 + 256, cases[i].second);
		ck_assert_int_eq(mime_sniff(slice_make(file, sizeof file), &no_hints).type, cases[i].type);
		/* Beyond the head, the directory says nothing. */
		ck_assert_int_eq(mime_sniff(slice_make(file, 1024), &no_hints).type, MIME_OLE);
		/* A sector number that points far away, or wraps around. */
		memset(file + 0x30, 0xff, 4);
		ck_assert_int_eq(mime_sniff(slice_make(file, sizeof file), &no_hints).type, MIME_OLE);
	}
}
END_TEST

START_TEST(a_windows_program_is_told_from_a_dos_one)
{
	unsigned char file[256] = {'M', 'Z', [0x18] = 0x40, [0x3c] = 0x80};

	memcpy(file + 0x80, "PE\0\0", 4);
	ck_assert_int_eq(mime_sniff(slice_make(file, sizeof file), &no_hints).type, MIME_PE);
	ck_assert_int_eq(mime_sniff(slice_make(file, 0x80), &no_hints).type, MIME_PE);
	memcpy(file + 0x80, "NE\0\0", 4);
	ck_assert_int_eq(mime_sniff(slice_make(file, sizeof file), &no_hints).type, MIME_DOS);
	ck_assert_int_eq(mime_sniff(slice_make(file, 0x20), &no_hints).type, MIME_DOS);
}
END_TEST

START_TEST(tar_is_known_by_its_checksum_and_disks_by_their_marks)
{
	static char image[MIME_HEAD_MAX];
	unsigned sum = 8 * ' ';

	memcpy(image, "some/file", 9);
	memcpy(image + 100, "0000644", 7);
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)image[i];
	snprintf(image + 148, 8, "%06o", sum);
	ck_assert_int_eq(mime_sniff(slice_make(image, 1024), &no_hints).type, MIME_TAR);
	image[0] = 'S';
	ck_assert_int_eq(mime_sniff(slice_make(image, 1024), &no_hints).type, MIME_BINARY);

	memset(image, 0, sizeof image);
	memcpy(image + 32769, "CD001", 5);
	ck_assert_int_eq(mime_sniff(slice_make(image, sizeof image), &no_hints).type, MIME_ISO);
	ck_assert_int_eq(mime_sniff(slice_make(image, MIME_HEAD), &no_hints).type, MIME_BINARY);

	image[510] = 0x55;
	image[511] = (char)0xaa;
	image[446 + 4] = 0x07;
	ck_assert_int_eq(mime_sniff(slice_make(image, MIME_HEAD), &no_hints).type, MIME_DISK);
	image[446] = 0x11;
	ck_assert_int_eq(mime_sniff(slice_make(image, MIME_HEAD), &no_hints).type, MIME_BINARY);
}
END_TEST

START_TEST(every_type_has_a_name_and_every_class_is_parsed_back)
{
	enum mime_class parsed;

	for (int i = 0; i < MIME_COUNT; i++)
		ck_assert_msg(mime_type_name((enum mime_type)i) != NULL, "type %d", i);
	for (int i = MIME_CLASS_BINARY; i < MIME_CLASS_COUNT; i++) {
		ck_assert(mime_class_parse(slice_of(mime_class_name((enum mime_class)i)), &parsed));
		ck_assert_int_eq((int)parsed, i);
	}
	ck_assert(!mime_class_parse(SLICE("none"), &parsed));
	ck_assert(!mime_class_parse(SLICE("Image"), &parsed));
	ck_assert_int_eq(mime_type_of_label(SLICE(" TEXT/HTML ; charset=x")), MIME_HTML);
	ck_assert_int_eq(mime_type_of_label(SLICE("text/")), MIME_EMPTY);
	ck_assert_int_eq(mime_type_of_label(SLICE("+json")), MIME_EMPTY);
	ck_assert_int_eq(mime_type_of_path(SLICE("/a.b/c")), MIME_EMPTY);
	ck_assert_int_eq(mime_type_of_path(SLICE("js")), MIME_EMPTY);
}
END_TEST

UNIT_SUITE(mime, "mime", each_signature_names_its_type_without_any_label,
	a_signature_cut_short_at_any_byte_is_never_that_type_by_accident,
	texts_are_told_apart_by_markup_then_label_then_name, a_label_that_the_bytes_exclude_is_reported,
	binary_bytes_take_a_label_only_where_the_type_has_no_signature,
	a_nul_does_not_hide_a_page_and_utf16_does_not_either, zip_files_are_named_by_what_they_carry,
	office_macros_are_seen_in_the_compressed_content_types_although_the_project_is_out_of_sight,
	ole_files_are_named_by_their_directory, a_windows_program_is_told_from_a_dos_one,
	tar_is_known_by_its_checksum_and_disks_by_their_marks, every_type_has_a_name_and_every_class_is_parsed_back)
