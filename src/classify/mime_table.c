/* Names, classes, labels and extensions of the types.  A type is one row here, and a signature in mime.c (or a
 * look inside in mime_container.c) where it has one.  Names are IANA's where it has one.  See mime.h. */
#include "classify/mime_table.h"

#define OFFICE_XML "application/vnd.openxmlformats-officedocument."
#define OPEN_DOCUMENT "application/vnd.oasis.opendocument."

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

const struct mime_row mime_rows[MIME_COUNT] = {
	[MIME_EMPTY] = {NAME("application/x-empty"), MIME_CLASS_NONE, MIME_NEEDS_SIGNATURE},
	[MIME_BINARY] = {NAME("application/octet-stream"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
	[MIME_TEXT] = {NAME("text/plain"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_HTML] = {NAME("text/html"), MIME_CLASS_HTML, MIME_IS_TEXT},
	[MIME_XHTML] = {NAME("application/xhtml+xml"), MIME_CLASS_HTML, MIME_IS_TEXT},
	[MIME_CSS] = {NAME("text/css"), MIME_CLASS_CSS, MIME_IS_TEXT},
	[MIME_CSV] = {NAME("text/csv"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_MARKDOWN] = {NAME("text/markdown"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_JAVASCRIPT] = {NAME("text/javascript"), MIME_CLASS_SCRIPT, MIME_IS_TEXT},
	[MIME_JSON] = {NAME("application/json"), MIME_CLASS_JSON, MIME_IS_TEXT},
	[MIME_NDJSON] = {NAME("application/x-ndjson"), MIME_CLASS_JSON, MIME_IS_TEXT},
	[MIME_XML] = {NAME("application/xml"), MIME_CLASS_XML, MIME_IS_TEXT},
	[MIME_RSS] = {NAME("application/rss+xml"), MIME_CLASS_XML, MIME_IS_TEXT},
	[MIME_ATOM] = {NAME("application/atom+xml"), MIME_CLASS_XML, MIME_IS_TEXT},
	[MIME_SVG] = {NAME("image/svg+xml"), MIME_CLASS_IMAGE, MIME_IS_TEXT},
	[MIME_MATHML] = {NAME("application/mathml+xml"), MIME_CLASS_XML, MIME_IS_TEXT},
	[MIME_CALENDAR] = {NAME("text/calendar"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_VCARD] = {NAME("text/vcard"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_EVENT_STREAM] = {NAME("text/event-stream"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_WEBVTT] = {NAME("text/vtt"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_HLS] = {NAME("application/vnd.apple.mpegurl"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_MANIFEST] = {NAME("application/manifest+json"), MIME_CLASS_JSON, MIME_IS_TEXT},
	[MIME_FORM] = {NAME("application/x-www-form-urlencoded"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_MULTIPART] = {NAME("multipart/form-data"), MIME_CLASS_BINARY, MIME_IS_OPAQUE},
	[MIME_MAIL] = {NAME("message/rfc822"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_PEM] = {NAME("application/x-pem-file"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_PGP] = {NAME("application/pgp-encrypted"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_DIFF] = {NAME("text/x-diff"), MIME_CLASS_TEXT, MIME_IS_TEXT},
	[MIME_SHELL] = {NAME("text/x-shellscript"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_PERL] = {NAME("text/x-perl"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_PYTHON] = {NAME("text/x-python"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_RUBY] = {NAME("text/x-ruby"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_PHP] = {NAME("text/x-php"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_AWK] = {NAME("text/x-awk"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_TCL] = {NAME("text/x-tcl"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_LUA] = {NAME("text/x-lua"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_BATCH] = {NAME("text/x-msdos-batch"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_POWERSHELL] = {NAME("text/x-powershell"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_VBSCRIPT] = {NAME("text/vbscript"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_HTA] = {NAME("application/hta"), MIME_CLASS_EXECUTABLE, MIME_IS_TEXT},
	[MIME_WASM] = {NAME("application/wasm"), MIME_CLASS_SCRIPT, MIME_NEEDS_SIGNATURE},
	[MIME_PE] = {NAME("application/vnd.microsoft.portable-executable"), MIME_CLASS_EXECUTABLE,
		MIME_NEEDS_SIGNATURE},
	[MIME_DOS] = {NAME("application/x-dosexec"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_ELF] = {NAME("application/x-executable"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_ELF_SHARED] = {NAME("application/x-sharedlib"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_ELF_OBJECT] = {NAME("application/x-object"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_ELF_CORE] = {NAME("application/x-coredump"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
	[MIME_MACHO] = {NAME("application/x-mach-binary"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_JAVA_CLASS] = {NAME("application/x-java-applet"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_DEX] = {NAME("application/x-dex"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_APK] = {NAME("application/vnd.android.package-archive"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_JAR] = {NAME("application/java-archive"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_IPA] = {NAME("application/x-ios-app"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_DEB] = {NAME("application/vnd.debian.binary-package"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_RPM] = {NAME("application/x-rpm"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_MSI] = {NAME("application/x-msi"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_CRX] = {NAME("application/x-chrome-extension"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_XPI] = {NAME("application/x-xpinstall"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_XAR] = {NAME("application/x-xar"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_SHORTCUT] = {NAME("application/x-ms-shortcut"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_SWF] = {NAME("application/vnd.adobe.flash.movie"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_LLVM_BITCODE] = {NAME("application/x-llvm-bitcode"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_PYTHON_BYTECODE] = {NAME("application/x-bytecode.python"), MIME_CLASS_EXECUTABLE, MIME_NEEDS_SIGNATURE},
	[MIME_ZIP] = {NAME("application/zip"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_GZIP] = {NAME("application/gzip"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_BZIP2] = {NAME("application/x-bzip2"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_XZ] = {NAME("application/x-xz"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_LZMA] = {NAME("application/x-lzma"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_LZIP] = {NAME("application/lzip"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_LZ4] = {NAME("application/x-lz4"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_ZSTD] = {NAME("application/zstd"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_COMPRESS] = {NAME("application/x-compress"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_7ZIP] = {NAME("application/x-7z-compressed"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_RAR] = {NAME("application/vnd.rar"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_TAR] = {NAME("application/x-tar"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_CAB] = {NAME("application/vnd.ms-cab-compressed"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_AR] = {NAME("application/x-archive"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_CPIO] = {NAME("application/x-cpio"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_ARJ] = {NAME("application/x-arj"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_LHA] = {NAME("application/x-lzh-compressed"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_ACE] = {NAME("application/x-ace-compressed"), MIME_CLASS_ARCHIVE, MIME_NEEDS_SIGNATURE},
	[MIME_PDF] = {NAME("application/pdf"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_POSTSCRIPT] = {NAME("application/postscript"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_RTF] = {NAME("text/rtf"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_EPUB] = {NAME("application/epub+zip"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_MOBI] = {NAME("application/x-mobipocket-ebook"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_DJVU] = {NAME("image/vnd.djvu"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_CHM] = {NAME("application/vnd.ms-htmlhelp"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_DVI] = {NAME("application/x-dvi"), MIME_CLASS_DOCUMENT, MIME_NEEDS_SIGNATURE},
	[MIME_OLE] = {NAME("application/x-ole-storage"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_OLE_MACRO] = {NAME("application/x-ole-storage"), MIME_CLASS_OFFICE_MACRO, MIME_NEEDS_SIGNATURE},
	[MIME_DOC] = {NAME("application/msword"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_XLS] = {NAME("application/vnd.ms-excel"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_PPT] = {NAME("application/vnd.ms-powerpoint"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_OUTLOOK] = {NAME("application/vnd.ms-outlook"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_OOXML] = {NAME(OFFICE_XML "document"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_DOCX] = {NAME(OFFICE_XML "wordprocessingml.document"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_XLSX] = {NAME(OFFICE_XML "spreadsheetml.sheet"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_PPTX] = {NAME(OFFICE_XML "presentationml.presentation"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_DOCM] = {NAME("application/vnd.ms-word.document.macroenabled.12"), MIME_CLASS_OFFICE_MACRO,
		MIME_NEEDS_SIGNATURE},
	[MIME_XLSM] = {NAME("application/vnd.ms-excel.sheet.macroenabled.12"), MIME_CLASS_OFFICE_MACRO,
		MIME_NEEDS_SIGNATURE},
	[MIME_PPTM] = {NAME("application/vnd.ms-powerpoint.presentation.macroenabled.12"), MIME_CLASS_OFFICE_MACRO,
		MIME_NEEDS_SIGNATURE},
	[MIME_OOXML_MACRO] = {NAME(OFFICE_XML "macroenabled"), MIME_CLASS_OFFICE_MACRO, MIME_NEEDS_SIGNATURE},
	[MIME_ODT] = {NAME(OPEN_DOCUMENT "text"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_ODS] = {NAME(OPEN_DOCUMENT "spreadsheet"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_ODP] = {NAME(OPEN_DOCUMENT "presentation"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_ODG] = {NAME(OPEN_DOCUMENT "graphics"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_ODF] = {NAME(OPEN_DOCUMENT "formula"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_ONENOTE] = {NAME("application/onenote"), MIME_CLASS_OFFICE, MIME_NEEDS_SIGNATURE},
	[MIME_ISO] = {NAME("application/x-iso9660-image"), MIME_CLASS_DISK_IMAGE, MIME_IS_OPAQUE},
	[MIME_DMG] = {NAME("application/x-apple-diskimage"), MIME_CLASS_DISK_IMAGE, MIME_IS_OPAQUE},
	[MIME_QCOW] = {NAME("application/x-qemu-disk"), MIME_CLASS_DISK_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_VHD] = {NAME("application/x-vhd"), MIME_CLASS_DISK_IMAGE, MIME_IS_OPAQUE},
	[MIME_VHDX] = {NAME("application/x-vhdx"), MIME_CLASS_DISK_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_VMDK] = {NAME("application/x-vmdk"), MIME_CLASS_DISK_IMAGE, MIME_IS_OPAQUE},
	[MIME_VDI] = {NAME("application/x-virtualbox-vdi"), MIME_CLASS_DISK_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_WIM] = {NAME("application/x-ms-wim"), MIME_CLASS_DISK_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_SQUASHFS] = {NAME("application/x-squashfs"), MIME_CLASS_DISK_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_DISK] = {NAME("application/x-raw-disk-image"), MIME_CLASS_DISK_IMAGE, MIME_IS_OPAQUE},
	[MIME_PNG] = {NAME("image/png"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_JPEG] = {NAME("image/jpeg"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_GIF] = {NAME("image/gif"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_WEBP] = {NAME("image/webp"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_BMP] = {NAME("image/bmp"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_ICO] = {NAME("image/vnd.microsoft.icon"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_CUR] = {NAME("image/x-win-bitmap"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_TIFF] = {NAME("image/tiff"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_AVIF] = {NAME("image/avif"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_HEIC] = {NAME("image/heic"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_JXL] = {NAME("image/jxl"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_JP2] = {NAME("image/jp2"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_PSD] = {NAME("image/vnd.adobe.photoshop"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_XCF] = {NAME("image/x-xcf"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_XPM] = {NAME("image/x-xpixmap"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_XBM] = {NAME("image/x-xbitmap"), MIME_CLASS_IMAGE, MIME_IS_TEXT},
	[MIME_PNM] = {NAME("image/x-portable-anymap"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_WMF] = {NAME("image/wmf"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_EMF] = {NAME("image/emf"), MIME_CLASS_IMAGE, MIME_NEEDS_SIGNATURE},
	[MIME_MP3] = {NAME("audio/mpeg"), MIME_CLASS_AUDIO, MIME_IS_OPAQUE},
	[MIME_AAC] = {NAME("audio/aac"), MIME_CLASS_AUDIO, MIME_IS_OPAQUE},
	[MIME_M4A] = {NAME("audio/mp4"), MIME_CLASS_AUDIO, MIME_IS_OPAQUE},
	[MIME_OGG_AUDIO] = {NAME("audio/ogg"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_FLAC] = {NAME("audio/flac"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_WAV] = {NAME("audio/x-wav"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_AIFF] = {NAME("audio/x-aiff"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_AU] = {NAME("audio/basic"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_MIDI] = {NAME("audio/midi"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_AMR] = {NAME("audio/amr"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_MP4] = {NAME("video/mp4"), MIME_CLASS_VIDEO, MIME_IS_OPAQUE},
	[MIME_QUICKTIME] = {NAME("video/quicktime"), MIME_CLASS_VIDEO, MIME_IS_OPAQUE},
	[MIME_3GP] = {NAME("video/3gpp"), MIME_CLASS_VIDEO, MIME_NEEDS_SIGNATURE},
	[MIME_WEBM] = {NAME("video/webm"), MIME_CLASS_VIDEO, MIME_IS_OPAQUE},
	[MIME_MATROSKA] = {NAME("video/x-matroska"), MIME_CLASS_VIDEO, MIME_NEEDS_SIGNATURE},
	[MIME_OGG_VIDEO] = {NAME("video/ogg"), MIME_CLASS_VIDEO, MIME_NEEDS_SIGNATURE},
	[MIME_OGG] = {NAME("application/ogg"), MIME_CLASS_AUDIO, MIME_NEEDS_SIGNATURE},
	[MIME_AVI] = {NAME("video/x-msvideo"), MIME_CLASS_VIDEO, MIME_NEEDS_SIGNATURE},
	[MIME_MPEG] = {NAME("video/mpeg"), MIME_CLASS_VIDEO, MIME_IS_OPAQUE},
	[MIME_MPEG_TS] = {NAME("video/mp2t"), MIME_CLASS_VIDEO, MIME_IS_OPAQUE},
	[MIME_FLV] = {NAME("video/x-flv"), MIME_CLASS_VIDEO, MIME_NEEDS_SIGNATURE},
	[MIME_ASF] = {NAME("video/x-ms-asf"), MIME_CLASS_VIDEO, MIME_NEEDS_SIGNATURE},
	[MIME_WOFF] = {NAME("font/woff"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_WOFF2] = {NAME("font/woff2"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_TTF] = {NAME("font/sfnt"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_OTF] = {NAME("font/otf"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_TTC] = {NAME("font/collection"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_EOT] = {NAME("application/vnd.ms-fontobject"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_TYPE1] = {NAME("application/x-font-type1"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_PCF] = {NAME("application/x-font-pcf"), MIME_CLASS_FONT, MIME_NEEDS_SIGNATURE},
	[MIME_SQLITE] = {NAME("application/vnd.sqlite3"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
	[MIME_PCAP] = {NAME("application/vnd.tcpdump.pcap"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
	[MIME_GETTEXT] = {NAME("application/x-gettext-translation"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
	[MIME_TORRENT] = {NAME("application/x-bittorrent"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
	[MIME_PROTOBUF] = {NAME("application/x-protobuf"), MIME_CLASS_BINARY, MIME_IS_OPAQUE},
	[MIME_GRPC] = {NAME("application/grpc"), MIME_CLASS_BINARY, MIME_IS_OPAQUE},
	[MIME_CBOR] = {NAME("application/cbor"), MIME_CLASS_BINARY, MIME_IS_OPAQUE},
	[MIME_MSGPACK] = {NAME("application/msgpack"), MIME_CLASS_BINARY, MIME_IS_OPAQUE},
	[MIME_DER] = {NAME("application/pkix-cert"), MIME_CLASS_BINARY, MIME_IS_OPAQUE},
	[MIME_RIFF] = {NAME("application/x-riff"), MIME_CLASS_BINARY, MIME_NEEDS_SIGNATURE},
};

/* Other names of the same types, as senders write them. */
static const struct alias {
	struct slice name;
	enum mime_type type;
} labels[] = {
	{NAME("application/javascript"), MIME_JAVASCRIPT},
	{NAME("application/x-javascript"), MIME_JAVASCRIPT},
	{NAME("application/ecmascript"), MIME_JAVASCRIPT},
	{NAME("text/ecmascript"), MIME_JAVASCRIPT},
	{NAME("text/x-javascript"), MIME_JAVASCRIPT},
	{NAME("text/xml"), MIME_XML},
	{NAME("text/json"), MIME_JSON},
	{NAME("application/jsonlines"), MIME_NDJSON},
	{NAME("application/x-json"), MIME_JSON},
	{NAME("application/graphql-response+json"), MIME_JSON},
	{NAME("application/x-mpegurl"), MIME_HLS},
	{NAME("audio/mpegurl"), MIME_HLS},
	{NAME("application/x-sh"), MIME_SHELL},
	{NAME("application/x-perl"), MIME_PERL},
	{NAME("application/x-python-code"), MIME_PYTHON_BYTECODE},
	{NAME("application/x-httpd-php"), MIME_PHP},
	{NAME("application/x-bat"), MIME_BATCH},
	{NAME("application/x-msdownload"), MIME_PE},
	{NAME("application/x-msdos-program"), MIME_PE},
	{NAME("application/x-elf"), MIME_ELF},
	{NAME("application/java-vm"), MIME_JAVA_CLASS},
	{NAME("application/x-debian-package"), MIME_DEB},
	{NAME("application/x-redhat-package-manager"), MIME_RPM},
	{NAME("application/x-shockwave-flash"), MIME_SWF},
	{NAME("application/x-zip-compressed"), MIME_ZIP},
	{NAME("application/x-gzip"), MIME_GZIP},
	{NAME("application/x-rar-compressed"), MIME_RAR},
	{NAME("application/x-rar"), MIME_RAR},
	{NAME("application/vnd.ms-word"), MIME_DOC},
	{NAME("application/rtf"), MIME_RTF},
	{NAME("image/jpg"), MIME_JPEG},
	{NAME("image/pjpeg"), MIME_JPEG},
	{NAME("image/x-png"), MIME_PNG},
	{NAME("image/x-icon"), MIME_ICO},
	{NAME("image/x-ms-bmp"), MIME_BMP},
	{NAME("image/heif"), MIME_HEIC},
	{NAME("audio/mp3"), MIME_MP3},
	{NAME("audio/wav"), MIME_WAV},
	{NAME("audio/wave"), MIME_WAV},
	{NAME("audio/x-m4a"), MIME_M4A},
	{NAME("audio/x-flac"), MIME_FLAC},
	{NAME("audio/webm"), MIME_WEBM},
	{NAME("video/avi"), MIME_AVI},
	{NAME("font/ttf"), MIME_TTF},
	{NAME("application/font-woff"), MIME_WOFF},
	{NAME("application/font-woff2"), MIME_WOFF2},
	{NAME("application/x-font-ttf"), MIME_TTF},
	{NAME("application/x-sqlite3"), MIME_SQLITE},
	{NAME("application/protobuf"), MIME_PROTOBUF},
	{NAME("application/vnd.google.protobuf"), MIME_PROTOBUF},
	{NAME("application/x-x509-ca-cert"), MIME_DER},
	{NAME("application/x-cd-image"), MIME_ISO},
};

static const struct alias extensions[] = {
	{NAME("html"), MIME_HTML},
	{NAME("htm"), MIME_HTML},
	{NAME("xhtml"), MIME_XHTML},
	{NAME("css"), MIME_CSS},
	{NAME("csv"), MIME_CSV},
	{NAME("md"), MIME_MARKDOWN},
	{NAME("js"), MIME_JAVASCRIPT},
	{NAME("mjs"), MIME_JAVASCRIPT},
	{NAME("json"), MIME_JSON},
	{NAME("map"), MIME_JSON},
	{NAME("ndjson"), MIME_NDJSON},
	{NAME("xml"), MIME_XML},
	{NAME("rss"), MIME_RSS},
	{NAME("atom"), MIME_ATOM},
	{NAME("svg"), MIME_SVG},
	{NAME("ics"), MIME_CALENDAR},
	{NAME("vcf"), MIME_VCARD},
	{NAME("vtt"), MIME_WEBVTT},
	{NAME("m3u8"), MIME_HLS},
	{NAME("webmanifest"), MIME_MANIFEST},
	{NAME("eml"), MIME_MAIL},
	{NAME("diff"), MIME_DIFF},
	{NAME("patch"), MIME_DIFF},
	{NAME("sh"), MIME_SHELL},
	{NAME("pl"), MIME_PERL},
	{NAME("py"), MIME_PYTHON},
	{NAME("rb"), MIME_RUBY},
	{NAME("lua"), MIME_LUA},
	{NAME("bat"), MIME_BATCH},
	{NAME("cmd"), MIME_BATCH},
	{NAME("ps1"), MIME_POWERSHELL},
	{NAME("vbs"), MIME_VBSCRIPT},
	{NAME("hta"), MIME_HTA},
	{NAME("iso"), MIME_ISO},
	{NAME("dmg"), MIME_DMG},
	{NAME("vhd"), MIME_VHD},
	{NAME("img"), MIME_DISK},
};

static bool
is_structured(struct slice label, const char *suffix)
{
	struct slice tail = slice_of(suffix);

	return label.len > tail.len && slice_eq_nocase(slice_sub(label, label.len - tail.len, label.len), tail);
}

enum mime_type
mime_type_of_label(struct slice label)
{
	label = slice_trim(slice_sub(label, 0, slice_find(label, ';')));
	if (label.len == 0)
		return MIME_EMPTY;
	for (int i = MIME_BINARY; i < MIME_COUNT; i++)
		if (slice_eq_nocase(label, mime_rows[i].name))
			return (enum mime_type)i;
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (slice_eq_nocase(label, labels[i].name))
			return labels[i].type;
	if (is_structured(label, "+json"))
		return MIME_JSON;
	if (is_structured(label, "+xml"))
		return MIME_XML;
	if (slice_starts_with_nocase(label, SLICE("multipart/")))
		return MIME_MULTIPART;
	if (slice_starts_with_nocase(label, SLICE("application/grpc")))
		return MIME_GRPC;
	return MIME_EMPTY;
}

enum mime_type
mime_type_of_path(struct slice path)
{
	size_t dot = path.len;

	while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
		dot--;
	if (dot == 0 || path.ptr[dot - 1] != '.')
		return MIME_EMPTY;
	path = slice_sub(path, dot, path.len);
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
		if (slice_eq_nocase(path, extensions[i].name))
			return extensions[i].type;
	return MIME_EMPTY;
}

const char *
mime_type_name(enum mime_type type)
{
	return mime_rows[type].name.ptr;
}

enum mime_class
mime_type_class(enum mime_type type)
{
	return mime_rows[type].class;
}

static const char *const class_names[MIME_CLASS_COUNT] = {
	[MIME_CLASS_NONE] = "none",
	[MIME_CLASS_BINARY] = "binary",
	[MIME_CLASS_TEXT] = "text",
	[MIME_CLASS_HTML] = "html",
	[MIME_CLASS_CSS] = "css",
	[MIME_CLASS_SCRIPT] = "script",
	[MIME_CLASS_JSON] = "json",
	[MIME_CLASS_XML] = "xml",
	[MIME_CLASS_IMAGE] = "image",
	[MIME_CLASS_AUDIO] = "audio",
	[MIME_CLASS_VIDEO] = "video",
	[MIME_CLASS_FONT] = "font",
	[MIME_CLASS_ARCHIVE] = "archive",
	[MIME_CLASS_EXECUTABLE] = "executable",
	[MIME_CLASS_DOCUMENT] = "document",
	[MIME_CLASS_OFFICE] = "office",
	[MIME_CLASS_OFFICE_MACRO] = "office-macro",
	[MIME_CLASS_DISK_IMAGE] = "disk-image",
};

const char *
mime_class_name(enum mime_class c)
{
	return class_names[c];
}

bool
mime_class_parse(struct slice name, enum mime_class *out)
{
	for (int i = MIME_CLASS_BINARY; i < MIME_CLASS_COUNT; i++)
		if (slice_eq(name, slice_of(class_names[i]))) {
			*out = (enum mime_class)i;
			return true;
		}
	return false;
}

const char *
mime_evidence_name(enum mime_evidence evidence)
{
	static const char *const names[] = {
		[MIME_BY_NOTHING] = "nothing",
		[MIME_BY_SIGNATURE] = "signature",
		[MIME_BY_MARKUP] = "markup",
		[MIME_BY_LABEL] = "label",
		[MIME_BY_NAME] = "name",
		[MIME_BY_BYTES] = "bytes",
	};

	return names[evidence];
}
