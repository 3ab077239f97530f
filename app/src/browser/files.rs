//! Files in and out of the page: dropped, picked, pasted; and downloads, which stay on this machine.

use js_sys::Array;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast as _;
use web_sys::{
    Blob, BlobPropertyBag, DataTransfer, File, FileList, FilePropertyBag, HtmlAnchorElement, Url,
};

/// The files of a list.
fn files_of(list: Option<FileList>) -> Vec<File> {
    let list = list.into_iter();
    list.flat_map(|list| (0..list.length()).filter_map(move |index| list.get(index)))
        .collect()
}

/// Files that were dropped or pasted; pasted text becomes a file.
pub fn from_transfer(transfer: Option<DataTransfer>) -> Vec<File> {
    let Some(transfer) = transfer else {
        return Vec::new();
    };
    let files = files_of(transfer.files());
    if !files.is_empty() {
        return files;
    }
    let text = transfer.get_data("text/plain").unwrap_or_default();
    // One line is a word for a field, more is a table.
    if text.lines().count() < 2 {
        return Vec::new();
    }
    from_text("pasted.csv", &text).into_iter().collect()
}

/// Files that were picked.
pub fn from_input(input: &web_sys::HtmlInputElement) -> Vec<File> {
    files_of(input.files())
}

/// A file made of text.
pub fn from_text(name: &str, text: &str) -> Option<File> {
    File::new_with_str_sequence_and_options(
        &Array::of1(&text.into()),
        name,
        &FilePropertyBag::new(),
    )
    .ok()
}

/// A file made of the bytes of a buffer.
pub fn from_buffer(name: &str, buffer: &js_sys::ArrayBuffer) -> Option<File> {
    File::new_with_buffer_source_sequence(&Array::of1(buffer), name).ok()
}

/// Saves a blob under a name, as if the visitor had clicked a download link.
pub fn download(name: &str, blob: &Blob) {
    let Ok(address) = Url::create_object_url_with_blob(blob) else {
        return;
    };
    if let Some(link) = document()
        .create_element("a")
        .ok()
        .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok())
    {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // The browser has taken hold of the blob by the time the click returns; a minute is more than it needs.
    let revoke = wasm_bindgen::closure::Closure::once_into_js(move || {
        drop(Url::revoke_object_url(&address))
    });
    drop(
        window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(revoke.unchecked_ref(), 60_000),
    );
}

/// A blob of text.
pub fn text_blob(text: &str) -> Option<Blob> {
    Blob::new_with_str_sequence(&Array::of1(&text.into())).ok()
}

/// A blob of bytes with its media type, which a save dialogue goes by.
pub fn typed_blob(bytes: &[u8], media_type: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&js_sys::Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()
}

/// Puts text on the clipboard; nothing happens where the browser does not let it.
pub fn copy_text(text: &str) {
    drop(window().navigator().clipboard().write_text(text));
}
