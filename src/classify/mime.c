/* The sniffer: signatures, then markup, then whether the bytes are text, where the label is heard.  See mime.h. */
#include "classify/mime.h"

#include "base/cursor.h"
#include "classify/mime_container.h"
#include "classify/mime_markup.h"
#include "classify/mime_table.h"

#define ISO_MARK 32769 /* ECMA-119 section 8.1: sector 16, behind the type byte */
#define TAR_HEADER 512

/* A signature of printable bytes counts only where the body is binary. */
enum { ANY = false, BINARY = true };

struct signature {
	uint16_t offset;
	uint8_t len;
	bool needs_binary;
	const char *bytes;
	enum mime_type type;
	enum mime_type (*look)(struct slice head); /* decides further; NULL where the bytes are enough */
};

#define SIG(at, text, binary, type, look)                      \
	{                                                      \
		at, sizeof(text) - 1, binary, text, type, look \
	}

static enum mime_type look_bmp(struct slice head);
static enum mime_type look_icon(struct slice head);
static enum mime_type look_lzma(struct slice head);
static enum mime_type look_sfnt(struct slice head);
static enum mime_type look_emf(struct slice head);
static enum mime_type look_ar(struct slice head);
static enum mime_type look_mpeg_audio(struct slice head);
static enum mime_type look_transport_stream(struct slice head);
static enum mime_type look_pnm(struct slice head);
static enum mime_type look_swf(struct slice head);
static enum mime_type look_lha(struct slice head);

/* The first that fits decides; a look that answers MIME_EMPTY lets the walk go on. */
static const struct signature signatures[] = {
	SIG(0, "\x89PNG\r\n\x1a\n", ANY, MIME_PNG, NULL),
	SIG(0, "\xff\xd8\xff", ANY, MIME_JPEG, NULL),
	SIG(0, "GIF87a", ANY, MIME_GIF, NULL),
	SIG(0, "GIF89a", ANY, MIME_GIF, NULL),
	SIG(0, "RIFF", BINARY, MIME_RIFF, mime_riff),
	SIG(0, "\x1f\x8b\x08", ANY, MIME_GZIP, NULL),
	SIG(0, "PK\x03\x04", ANY, MIME_ZIP, mime_zip),
	SIG(0, "PK\x05\x06", ANY, MIME_ZIP, NULL),
	SIG(0, "PK\x07\x08", ANY, MIME_ZIP, NULL),
	SIG(0, "%PDF-", ANY, MIME_PDF, NULL),
	SIG(0, "wOF2", BINARY, MIME_WOFF2, NULL),
	SIG(0, "wOFF", BINARY, MIME_WOFF, NULL),
	SIG(4, "ftyp", BINARY, MIME_MP4, mime_iso_media),
	SIG(0, "\x1a\x45\xdf\xa3", ANY, MIME_MATROSKA, mime_matroska),
	SIG(0, "MZ", BINARY, MIME_PE, mime_pe),
	SIG(0,
		"\x7f"
		"ELF",
		ANY, MIME_ELF, mime_elf),
	SIG(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ANY, MIME_OLE, mime_ole),
	SIG(0, "\0asm", ANY, MIME_WASM, NULL),
	SIG(0, "OggS\0", ANY, MIME_OGG, mime_ogg),
	SIG(0, "ID3", BINARY, MIME_MP3, NULL),
	SIG(0, "fLaC", BINARY, MIME_FLAC, NULL),
	SIG(0, "MThd\0\0\0\x06", ANY, MIME_MIDI, NULL),
	SIG(0, "FORM", BINARY, MIME_AIFF, mime_riff),
	SIG(0, ".snd\0\0\0", ANY, MIME_AU, NULL),
	SIG(0, "#!AMR", ANY, MIME_AMR, NULL),
	SIG(0, "FLV\x01", ANY, MIME_FLV, NULL),
	SIG(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", ANY, MIME_ASF, NULL),
	SIG(0, "\0\0\x01\xba", ANY, MIME_MPEG, NULL),
	SIG(0, "\0\0\x01\xb3", ANY, MIME_MPEG, NULL),
	SIG(0, "BM", BINARY, MIME_BMP, look_bmp),
	SIG(0, "\0\0\x01\0", ANY, MIME_ICO, look_icon),
	SIG(0, "\0\0\x02\0", ANY, MIME_CUR, look_icon),
	SIG(0, "II*\0", ANY, MIME_TIFF, NULL),
	SIG(0, "MM\0*", ANY, MIME_TIFF, NULL),
	SIG(0, "II+\0", ANY, MIME_TIFF, NULL),
	SIG(0, "\0\0\0\x0cJXL \r\n\x87\n", ANY, MIME_JXL, NULL),
	SIG(0, "\xff\x0a", BINARY, MIME_JXL, NULL),
	SIG(0, "\0\0\0\x0cjP  \r\n\x87\n", ANY, MIME_JP2, NULL),
	SIG(0, "\xff\x4f\xff\x51", ANY, MIME_JP2, NULL),
	SIG(0, "8BPS\0", ANY, MIME_PSD, NULL),
	SIG(0, "gimp xcf ", BINARY, MIME_XCF, NULL),
	SIG(0, "/* XPM */", ANY, MIME_XPM, NULL),
	SIG(0, "\xd7\xcd\xc6\x9a", ANY, MIME_WMF, NULL),
	SIG(0, "\x01\0\0\0", ANY, MIME_EMF, look_emf),
	SIG(0, "P", ANY, MIME_PNM, look_pnm),
	SIG(0, "\0\x01\0\0", ANY, MIME_TTF, look_sfnt),
	SIG(0, "true\0", BINARY, MIME_TTF, NULL),
	SIG(0, "OTTO\0", BINARY, MIME_OTF, NULL),
	SIG(0, "ttcf\0", BINARY, MIME_TTC, NULL),
	SIG(34, "LP", BINARY, MIME_EOT, NULL),
	SIG(0, "\x80\x01", BINARY, MIME_TYPE1, NULL),
	SIG(0, "%!PS-AdobeFont", ANY, MIME_TYPE1, NULL),
	SIG(0,
		"\x01"
		"fcp",
		ANY, MIME_PCF, NULL),
	SIG(0, "\xfe\xed\xfa\xce", ANY, MIME_MACHO, NULL),
	SIG(0, "\xfe\xed\xfa\xcf", ANY, MIME_MACHO, NULL),
	SIG(0, "\xce\xfa\xed\xfe", ANY, MIME_MACHO, NULL),
	SIG(0, "\xcf\xfa\xed\xfe", ANY, MIME_MACHO, NULL),
	SIG(0, "\xca\xfe\xba\xbf", ANY, MIME_MACHO, NULL),
	SIG(0, "\xca\xfe\xba\xbe", ANY, MIME_JAVA_CLASS, mime_cafebabe),
	SIG(0, "dex\n", BINARY, MIME_DEX, NULL),
	SIG(0, "!<arch>\n", ANY, MIME_AR, look_ar),
	SIG(0, "\xed\xab\xee\xdb", ANY, MIME_RPM, NULL),
	SIG(0, "Cr24", BINARY, MIME_CRX, NULL),
	SIG(0, "xar!", BINARY, MIME_XAR, NULL),
	SIG(0, "L\0\0\0\x01\x14\x02\0", ANY, MIME_SHORTCUT, NULL),
	SIG(1, "WS", BINARY, MIME_SWF, look_swf),
	SIG(0, "BC\xc0\xde", ANY, MIME_LLVM_BITCODE, NULL),
	SIG(0, "BZh", BINARY, MIME_BZIP2, NULL),
	SIG(0,
		"\xfd"
		"7zXZ\0",
		ANY, MIME_XZ, NULL),
	SIG(0, "7z\xbc\xaf\x27\x1c", ANY, MIME_7ZIP, NULL),
	SIG(0, "Rar!\x1a\x07", ANY, MIME_RAR, NULL),
	SIG(0, "\x28\xb5\x2f\xfd", ANY, MIME_ZSTD, NULL),
	SIG(0, "\x04\x22\x4d\x18", ANY, MIME_LZ4, NULL),
	SIG(0, "LZIP", BINARY, MIME_LZIP, NULL),
	SIG(0, "]\0\0", ANY, MIME_LZMA, look_lzma),
	SIG(0, "\x1f\x9d", ANY, MIME_COMPRESS, NULL),
	SIG(0, "MSCF\0\0\0\0", ANY, MIME_CAB, NULL),
	SIG(0, "070701", BINARY, MIME_CPIO, NULL),
	SIG(0, "070702", BINARY, MIME_CPIO, NULL),
	SIG(0, "070707", BINARY, MIME_CPIO, NULL),
	SIG(0, "\xc7\x71", BINARY, MIME_CPIO, NULL),
	SIG(0, "\x60\xea", BINARY, MIME_ARJ, NULL),
	SIG(2, "-l", BINARY, MIME_LHA, look_lha),
	SIG(7, "**ACE**", BINARY, MIME_ACE, NULL),
	SIG(0, "{\\rtf", ANY, MIME_RTF, NULL),
	SIG(0, "%!PS", ANY, MIME_POSTSCRIPT, NULL),
	SIG(0, "\xc5\xd0\xd3\xc6", ANY, MIME_POSTSCRIPT, NULL),
	SIG(0, "AT&TFORM", BINARY, MIME_DJVU, NULL),
	SIG(0, "ITSF", BINARY, MIME_CHM, NULL),
	SIG(0, "\xf7\x02", BINARY, MIME_DVI, NULL),
	SIG(60, "BOOKMOBI", BINARY, MIME_MOBI, NULL),
	SIG(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", ANY, MIME_ONENOTE, NULL),
	SIG(0, "QFI\xfb", ANY, MIME_QCOW, NULL),
	SIG(0, "conectix", BINARY, MIME_VHD, NULL),
	SIG(0, "vhdxfile", BINARY, MIME_VHDX, NULL),
	SIG(0, "KDMV", BINARY, MIME_VMDK, NULL),
	SIG(0, "# Disk DescriptorFile", ANY, MIME_VMDK, NULL),
	SIG(64, "\x7f\x10\xda\xbe", ANY, MIME_VDI, NULL),
	SIG(0, "MSWIM\0\0\0", ANY, MIME_WIM, NULL),
	SIG(0, "hsqs", BINARY, MIME_SQUASHFS, NULL),
	SIG(0, "\x78\x01\x73\x0d\x62\x62\x60", ANY, MIME_DMG, NULL),
	SIG(0, "SQLite format 3\0", ANY, MIME_SQLITE, NULL),
	SIG(0, "\xa1\xb2\xc3\xd4", ANY, MIME_PCAP, NULL),
	SIG(0, "\xd4\xc3\xb2\xa1", ANY, MIME_PCAP, NULL),
	SIG(0, "\x4d\x3c\xb2\xa1", ANY, MIME_PCAP, NULL),
	SIG(0, "\n\r\r\n", BINARY, MIME_PCAP, NULL),
	SIG(0, "\xde\x12\x04\x95", ANY, MIME_GETTEXT, NULL),
	SIG(0, "\x95\x04\x12\xde", ANY, MIME_GETTEXT, NULL),
	SIG(0, "d8:announce", ANY, MIME_TORRENT, NULL),
	SIG(0, "\xff", BINARY, MIME_MP3, look_mpeg_audio),
	SIG(0, "G", BINARY, MIME_MPEG_TS, look_transport_stream),
};

/* Texts that say what they are. */
static const struct signature text_signatures[] = {
	SIG(0, "<?php", ANY, MIME_PHP, NULL),
	SIG(0, "@echo off", ANY, MIME_BATCH, NULL),
	SIG(0, "WEBVTT", ANY, MIME_WEBVTT, NULL),
	SIG(0, "#EXTM3U", ANY, MIME_HLS, NULL),
	SIG(0, "BEGIN:VCALENDAR", ANY, MIME_CALENDAR, NULL),
	SIG(0, "BEGIN:VCARD", ANY, MIME_VCARD, NULL),
	SIG(0, "-----BEGIN PGP ", ANY, MIME_PGP, NULL),
	SIG(0, "-----BEGIN ", ANY, MIME_PEM, NULL),
	SIG(0, "diff --git ", ANY, MIME_DIFF, NULL),
	SIG(0, "--- a/", ANY, MIME_DIFF, NULL),
};

/* The last path component of the interpreter, its version number aside. */
static const struct {
	const char *name;
	enum mime_type type;
} interpreters[] = {
	{"perl", MIME_PERL},
	{"python", MIME_PYTHON},
	{"pypy", MIME_PYTHON},
	{"ruby", MIME_RUBY},
	{"php", MIME_PHP},
	{"awk", MIME_AWK},
	{"gawk", MIME_AWK},
	{"mawk", MIME_AWK},
	{"tclsh", MIME_TCL},
	{"wish", MIME_TCL},
	{"lua", MIME_LUA},
	{"node", MIME_JAVASCRIPT},
	{"nodejs", MIME_JAVASCRIPT},
};

static uint8_t
byte_at(struct slice s, size_t at)
{
	return at < s.len ? (uint8_t)s.ptr[at] : 0;
}

/* ---- looks ---- */

static enum mime_type
look_bmp(struct slice head)
{
	/* Two reserved fields, and an offset of the pixels that is behind the headers and not far. */
	struct cursor c = cursor_over(slice_sub(head, 6, head.len));
	uint32_t reserved = cursor_le32(&c);
	uint32_t pixels = cursor_le32(&c);

	return cursor_ok(&c) && reserved == 0 && pixels >= 26 && pixels < 65536 ? MIME_BMP : MIME_EMPTY;
}

static enum mime_type
look_icon(struct slice head)
{
	struct cursor c = cursor_over(slice_sub(head, 2, head.len));
	uint16_t kind = cursor_le16(&c);
	uint16_t count = cursor_le16(&c);
	bool is_reserved;

	cursor_bytes(&c, 3);
	is_reserved = cursor_u8(&c) == 0;
	if (!cursor_ok(&c) || count == 0 || count > 256 || !is_reserved)
		return MIME_EMPTY;
	return kind == 1 ? MIME_ICO : MIME_CUR;
}

static enum mime_type
look_lzma(struct slice head)
{
	/* The size uncompressed is unknown (all ones) or below a terabyte. */
	bool is_unknown = slice_eq(slice_sub(head, 5, 13), SLICE("\xff\xff\xff\xff\xff\xff\xff\xff"));
	bool is_plausible = head.len > 13 && slice_eq(slice_sub(head, 10, 13), slice_make("\0\0\0", 3));

	return is_unknown || is_plausible ? MIME_LZMA : MIME_EMPTY;
}

static enum mime_type
look_sfnt(struct slice head)
{
	struct cursor c = cursor_over(slice_sub(head, 4, head.len));
	uint16_t tables = cursor_u16(&c);

	if (tables == 0 || tables > 64)
		return MIME_EMPTY;
	cursor_bytes(&c, 6);
	/* The first table's tag is four printable characters. */
	for (int i = 0; i < 4; i++) {
		uint8_t letter = cursor_u8(&c);

		if (letter < 0x20 || letter > 0x7e)
			return MIME_EMPTY;
	}
	return MIME_TTF;
}

static enum mime_type
look_emf(struct slice head)
{
	return slice_eq(slice_sub(head, 40, 44), SLICE(" EMF")) ? MIME_EMF : MIME_EMPTY;
}

static enum mime_type
look_ar(struct slice head)
{
	return slice_starts_with(slice_sub(head, 8, head.len), SLICE("debian-binary")) ? MIME_DEB : MIME_AR;
}

/* Two frame headers in a row, or one where the second is out of sight (ISO/IEC 11172-3 section 2.4.1.3). */
static enum mime_type
look_mpeg_audio(struct slice head)
{
	static const uint16_t rates[2][16] = {
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
	};
	static const uint16_t samples[3] = {44100, 48000, 32000};
	uint8_t b1 = byte_at(head, 1), b2 = byte_at(head, 2);
	unsigned version = b1 >> 3 & 3, layer = b1 >> 1 & 3;
	bool is_v1 = version == 3;
	uint32_t length;

	if ((b1 & 0xf6) == 0xf0)
		return (b1 & 0xf9) == 0xf1 || (b1 & 0xf9) == 0xf0 ? MIME_AAC : MIME_EMPTY;
	if ((b1 & 0xe0) != 0xe0 || version == 1 || layer != 1 || (b2 >> 2 & 3) == 3 || rates[!is_v1][b2 >> 4] == 0)
		return MIME_EMPTY;
	length = (is_v1 ? 144000u : 72000u) * rates[!is_v1][b2 >> 4] /
		 (uint32_t)(samples[b2 >> 2 & 3] >> (is_v1                 ? 0
							    : version == 2 ? 1
									   : 2));
	length += b2 >> 1 & 1;
	if (length + 1 < head.len && (byte_at(head, length) != 0xff || (byte_at(head, length + 1) & 0xe0) != 0xe0))
		return MIME_EMPTY;
	return MIME_MP3;
}

static enum mime_type
look_transport_stream(struct slice head)
{
	for (size_t at = 188; at <= 3 * 188; at += 188)
		if (byte_at(head, at) != 0x47)
			return MIME_EMPTY;
	return MIME_MPEG_TS;
}

static enum mime_type
look_pnm(struct slice head)
{
	uint8_t kind = byte_at(head, 1), space = byte_at(head, 2), then = byte_at(head, 3);

	if (kind < '1' || kind > '6' || (space != '\n' && space != ' ' && space != '\r'))
		return MIME_EMPTY;
	return ascii_is_digit((char)then) || then == '#' ? MIME_PNM : MIME_EMPTY;
}

static enum mime_type
look_swf(struct slice head)
{
	uint8_t kind = byte_at(head, 0), version = byte_at(head, 3);

	return (kind == 'F' || kind == 'C' || kind == 'Z') && version > 0 && version < 64 ? MIME_SWF : MIME_EMPTY;
}

static enum mime_type
look_lha(struct slice head)
{
	return byte_at(head, 6) == '-' ? MIME_LHA : MIME_EMPTY;
}

/* The sum of the header's bytes, with its own field as spaces, is in that field in octal (POSIX ustar). */
static bool
is_tar(struct slice head)
{
	unsigned sum = 0, written = 0;
	size_t at = 148;

	if (head.len < TAR_HEADER)
		return slice_eq(slice_sub(head, 257, 262), SLICE("ustar"));
	while (at < 154 && head.ptr[at] == ' ')
		at++;
	for (; at < 156 && head.ptr[at] >= '0' && head.ptr[at] <= '7'; at++)
		written = written * 8 + (unsigned)(head.ptr[at] - '0');
	if (written == 0)
		return false;
	for (size_t i = 0; i < TAR_HEADER; i++)
		sum += i >= 148 && i < 156 ? ' ' : (uint8_t)head.ptr[i];
	return sum == written;
}

/* A master boot record with partitions, or a FAT boot sector. */
static bool
is_disk(struct slice head)
{
	bool has_partition = false;

	if (byte_at(head, 510) != 0x55 || byte_at(head, 511) != 0xaa)
		return false;
	if (slice_eq(slice_sub(head, 54, 57), SLICE("FAT")) || slice_eq(slice_sub(head, 82, 87), SLICE("FAT32")))
		return true;
	for (size_t at = 446; at < 510; at += 16) {
		if (byte_at(head, at) & 0x7f)
			return false;
		has_partition |= byte_at(head, at + 4) != 0;
	}
	return has_partition;
}

/* .pyc: a magic number of the interpreter, CR, LF, and in version 3.7 and later a small word of flags. */
static bool
is_python_bytecode(struct slice head)
{
	struct cursor c = cursor_over(head);
	uint16_t magic = cursor_le16(&c);
	uint16_t line_end = cursor_u16(&c);

	if (line_end != 0x0d0a || !cursor_ok(&c))
		return false;
	return magic == 62211 || (magic >= 3000 && magic < 3800 && (cursor_le32(&c) < 4 || magic < 3390));
}

/* What has no signature at a fixed place that the table could hold. */
static enum mime_type
binary_type(struct slice head)
{
	struct slice early = slice_sub(head, 0, 1024);

	if (is_tar(head))
		return MIME_TAR;
	if (slice_eq(slice_sub(head, ISO_MARK, ISO_MARK + 5), SLICE("CD001")))
		return MIME_ISO;
	if (is_disk(head))
		return MIME_DISK;
	if (is_python_bytecode(head))
		return MIME_PYTHON_BYTECODE;
	/* Readers accept a PDF whose header is not at the very start (ISO 32000-1 annex H, note 13). */
	if (slice_find_slice(early, SLICE("%PDF-")) < early.len)
		return MIME_PDF;
	return MIME_EMPTY;
}

/* ---- the walk ---- */

static enum mime_type
match_signatures(struct slice head, bool is_binary, const struct signature *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct signature *s = &table[i];
		enum mime_type type;

		if ((size_t)s->offset + s->len > head.len || head.ptr[s->offset] != s->bytes[0] ||
			(s->needs_binary && !is_binary) || memcmp(head.ptr + s->offset, s->bytes, s->len) != 0)
			continue;
		type = s->look ? s->look(head) : s->type;
		if (type != MIME_EMPTY)
			return type;
	}
	return MIME_EMPTY;
}

/* The WHATWG's binary data bytes: controls that no text has. */
static bool
has_binary_byte(struct slice head)
{
	static const uint32_t binary = 0xffffffffu & ~(1u << '\t' | 1u << '\n' | 1u << '\f' | 1u << '\r' | 1u << 0x1b);
	size_t at = 0;

	for (; at + 8 <= head.len; at += 8) {
		uint64_t word;

		memcpy(&word, head.ptr + at, 8);
		/* True where a byte is below 0x20 (with rare false alarms, which the loop below settles). */
		if (((word - 0x2020202020202020u) & ~word & 0x8080808080808080u) == 0)
			continue;
		for (size_t i = at; i < at + 8; i++)
			if ((uint8_t)head.ptr[i] < 0x20 && binary >> head.ptr[i] & 1)
				return true;
	}
	for (; at < head.len; at++)
		if ((uint8_t)head.ptr[at] < 0x20 && binary >> head.ptr[at] & 1)
			return true;
	return false;
}

/* UTF-16 with its mark, made narrow: enough for markup, which is ASCII.  Returns what was written to dst. */
static struct slice
narrow_utf16(struct slice head, char *dst, size_t size)
{
	size_t low = byte_at(head, 0) == 0xff ? 0 : 1, n = 0;

	for (size_t at = 2; at + 1 < head.len && n < size; at += 2)
		dst[n++] = head.ptr[at + 1 - low] ? '?' : head.ptr[at + low];
	return slice_make(dst, n);
}

static enum mime_type
shebang_type(struct slice text)
{
	struct slice line, word;

	if (!slice_starts_with(text, SLICE("#!")))
		return MIME_EMPTY;
	line = slice_trim(slice_sub(text, 2, slice_find(text, '\n')));
	if (!slice_split(&line, ' ', &word) || word.len == 0)
		return MIME_EMPTY;
	if (slice_ends_with(word, SLICE("/env")))
		while (slice_split(&line, ' ', &word) && (word.len == 0 || word.ptr[0] == '-'))
			continue;
	if (word.ptr == NULL)
		return MIME_SHELL;
	while (slice_find(word, '/') < word.len)
		word = slice_sub(word, slice_find(word, '/') + 1, word.len);
	while (word.len && (ascii_is_digit(word.ptr[word.len - 1]) || word.ptr[word.len - 1] == '.' ||
				   word.ptr[word.len - 1] == '\r'))
		word.len--;
	for (size_t i = 0; i < sizeof interpreters / sizeof interpreters[0]; i++)
		if (slice_eq(word, slice_of(interpreters[i].name)))
			return interpreters[i].type;
	return MIME_SHELL;
}

/* A text that a browser does not look at for markup when its label is this. */
static bool
is_plain_kind(enum mime_type type)
{
	switch (mime_type_class(type)) {
	case MIME_CLASS_SCRIPT:
	case MIME_CLASS_CSS:
	case MIME_CLASS_JSON:
	case MIME_CLASS_EXECUTABLE:
		return true;
	default:
		return false;
	}
}

static struct mime_answer
text_answer(struct slice text, enum mime_type label, enum mime_type name)
{
	static const size_t known = sizeof text_signatures / sizeof text_signatures[0];
	enum mime_type type = shebang_type(text);
	bool label_is_text = label != MIME_EMPTY && mime_rows[label].proof == MIME_IS_TEXT;
	bool name_is_text = name != MIME_EMPTY && mime_rows[name].proof == MIME_IS_TEXT;

	if (type == MIME_EMPTY)
		type = match_signatures(text, false, text_signatures, known);
	if (type != MIME_EMPTY)
		return (struct mime_answer){type, MIME_BY_SIGNATURE, false};
	if (label_is_text && is_plain_kind(label))
		return (struct mime_answer){label, MIME_BY_LABEL, false};
	if (label == MIME_EMPTY && name_is_text && is_plain_kind(name))
		return (struct mime_answer){name, MIME_BY_NAME, false};
	type = mime_markup(text);
	if (type == MIME_XML && label_is_text && mime_type_class(label) == MIME_CLASS_HTML)
		type = label; /* markup that is not known by its root: the browser believes the label */
	if (type != MIME_EMPTY)
		return (struct mime_answer){type, MIME_BY_MARKUP, false};
	if (label_is_text && label != MIME_TEXT)
		return (struct mime_answer){label, MIME_BY_LABEL, false};
	if (name_is_text)
		return (struct mime_answer){name, MIME_BY_NAME, false};
	if (mime_looks_like_json(text))
		return (struct mime_answer){MIME_JSON, MIME_BY_MARKUP, false};
	return (struct mime_answer){MIME_TEXT, MIME_BY_BYTES, false};
}

static struct mime_answer
binary_answer(enum mime_type label, enum mime_type name)
{
	if (label != MIME_EMPTY && mime_rows[label].proof == MIME_IS_OPAQUE)
		return (struct mime_answer){label, MIME_BY_LABEL, false};
	if (name != MIME_EMPTY && mime_rows[name].proof == MIME_IS_OPAQUE)
		return (struct mime_answer){name, MIME_BY_NAME, false};
	return (struct mime_answer){MIME_BINARY, MIME_BY_BYTES, false};
}

/* True where the bytes exclude what the label names. */
static bool
label_lies(enum mime_type label, enum mime_type type)
{
	if (label == MIME_EMPTY || label == MIME_BINARY || type == MIME_EMPTY)
		return false;
	switch (mime_rows[label].proof) {
	case MIME_IS_TEXT:
		return mime_rows[type].proof != MIME_IS_TEXT;
	case MIME_IS_OPAQUE:
		return type != MIME_BINARY && mime_rows[type].class != mime_rows[label].class;
	default:
		return mime_rows[type].class != mime_rows[label].class;
	}
}

static struct mime_answer
content_answer(struct slice head, enum mime_type label, enum mime_type name)
{
	static const size_t known = sizeof signatures / sizeof signatures[0];
	char narrow[512];
	struct slice early = slice_sub(head, 0, MIME_HEAD);
	bool is_binary = has_binary_byte(early);
	enum mime_type type = match_signatures(head, is_binary, signatures, known);

	if (type == MIME_EMPTY && is_binary)
		type = binary_type(head);
	if (type != MIME_EMPTY)
		return (struct mime_answer){type, MIME_BY_SIGNATURE, false};
	if (slice_starts_with(head, SLICE("\xff\xfe")) || slice_starts_with(head, SLICE("\xfe\xff")))
		return text_answer(narrow_utf16(early, narrow, sizeof narrow), label, name);
	if (slice_starts_with(early, SLICE("\xef\xbb\xbf")))
		early = slice_sub(early, 3, early.len);
	if (is_binary) {
		/* Browsers look for markup before they look for binary bytes: a NUL does not hide a page. */
		type = mime_markup(early);
		if (type != MIME_EMPTY && type != MIME_XML)
			return (struct mime_answer){type, MIME_BY_MARKUP, false};
		return binary_answer(label, name);
	}
	return text_answer(early, label, name);
}

/* A CD image begins with 32 KiB that are nobody's (ECMA-119 section 6.2.1). */
static bool
has_empty_system_area(struct slice head)
{
	size_t n = 0;

	while (n < head.len && n < 512 && head.ptr[n] == 0)
		n++;
	return n == 512;
}

static bool
is_office(enum mime_type type)
{
	return mime_type_class(type) == MIME_CLASS_OFFICE;
}

bool
mime_shows_later(struct slice head)
{
	bool may_have_macros = slice_starts_with(head, SLICE("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) ||
			       slice_starts_with(head, SLICE("PK\x03\x04"));

	if (head.len >= MIME_HEAD_MAX)
		return false;
	if (may_have_macros)
		return is_office(content_answer(head, MIME_EMPTY, MIME_EMPTY).type);
	return has_empty_system_area(head);
}

struct mime_answer
mime_sniff(struct slice head, const struct mime_hints *hints)
{
	enum mime_type label = mime_type_of_label(hints->label);
	struct mime_answer answer = {MIME_EMPTY, MIME_BY_NOTHING, false};

	if (head.len) {
		answer = content_answer(head, label, mime_type_of_path(hints->path));
		answer.label_lies = label_lies(label, answer.type);
	}
	return answer;
}
